package product

// The cities of the default world, weighted roughly as their urban areas.
var (
	americanCities = []City{
		{"New York", 188}, {"Los Angeles", 128}, {"Chicago", 89}, {"Houston", 70}, {"Phoenix", 49}, {"Philadelphia", 58},
		{"San Antonio", 24}, {"San Diego", 33}, {"Dallas", 76}, {"Austin", 22}, {"Jacksonville", 15}, {"Columbus", 20},
		{"Charlotte", 26}, {"Indianapolis", 20}, {"San Francisco", 46}, {"Seattle", 39}, {"Denver", 28}, {"Boston", 48},
		{"Miami", 60}, {"St. Louis", 27},
	}
	mexicanCities = []City{
		{"Ciudad de México", 217}, {"Monterrey", 53}, {"Guadalajara", 52}, {"Puebla", 31}, {"Toluca", 23}, {"Tijuana", 21},
		{"León", 20}, {"Querétaro", 15}, {"Ciudad Juárez", 15}, {"Torreón", 14}, {"Mérida", 12}, {"San Luis Potosí", 12},
		{"Aguascalientes", 11}, {"Mexicali", 10}, {"Cuernavaca", 10}, {"Cancún", 9}, {"Culiacán", 8}, {"Oaxaca de Juárez", 7},
	}
	chineseCities = []City{
		{"Shanghai", 248}, {"Beijing", 219}, {"Chongqing", 160}, {"Guangzhou", 187}, {"Shenzhen", 176}, {"Tianjin", 139},
		{"Chengdu", 160}, {"Wuhan", 123}, {"Hangzhou", 119}, {"Xi'an", 122}, {"Nanjing", 93}, {"Suzhou", 81}, {"Zhengzhou", 83},
		{"Shenyang", 79}, {"Qingdao", 75}, {"Changsha", 80}, {"Harbin", 56}, {"Kunming", 62}, {"Xiamen", 52}, {"Ürümqi", 41},
	}
	iberianCities = []City{
		{"Madrid", 332}, {"Barcelona", 163}, {"Valencia", 80}, {"Sevilla", 68}, {"Zaragoza", 68}, {"Málaga", 58}, {"Murcia", 46},
		{"Palma", 42}, {"Las Palmas de Gran Canaria", 38}, {"Alicante", 34}, {"Bilbao", 35}, {"Córdoba", 32}, {"Valladolid", 30},
		{"Vigo", 29}, {"Gijón", 27}, {"A Coruña", 25}, {"Logroño", 15}, {"Cádiz", 11}, {"San Sebastián", 19},
	}
	// anyCities stand for the cities of a country of which nothing is known.
	anyCities = []City{
		{"Springfield", 20}, {"Georgetown", 16}, {"Riverside", 14}, {"Kingston", 12}, {"Santa Rosa", 10}, {"Newport", 9},
		{"Victoria", 8}, {"Salem", 7}, {"San José", 6}, {"Clifton", 5}, {"Alexandria", 5}, {"Hamilton", 4},
	}
)
