package product_test

import (
	"fmt"
	"testing/fstest"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// books would lie in a file of its own; os.DirFS or an embed.FS reads it.
const books = `product_id,product_name,product_category,country,price,weight
101,Don Quijote,Books,,18.50,3
101,Don Quijote,Books,Spain,15.90,9
102,Moby-Dick,Books,,14.00,4
103,红楼梦,Books,China,36.80,8
`

// A user's own catalog takes the place of the default world's. The tacos must go,
// because they belong to groceries.
func ExampleLoadCatalog() {
	catalog, err := product.LoadCatalog(fstest.MapFS{"books.csv": {Data: []byte(books)}}, "books.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	line, errs := product.NewLine(product.Chain{
		product.Customers{Population: 5000},
		product.Sites{},
		catalog,
		product.Basket{},
		product.Payment{},
		product.Outcome{},
	})
	if errs != nil {
		fmt.Println(errs)
		return
	}
	var d product.Draw
	for key, country := range []string{product.Spain, product.Spain, product.China, "Chile"} {
		m := product.Moment{Country: country, Category: "Books"}
		d.Reset(uint64(key)+4, &m)
		o := order.Order{Country: m.Country, Category: m.Category}
		line.Fill(&d, &o)
		fmt.Printf("%s in %s, %s: %d × %s at %d.%02d\n", o.CustomerName, o.City, o.Country, o.Qty, o.ProductName, o.Price/100, o.Price%100)
	}
	fmt.Println(catalog.Covers("Chile", product.Music))

	_, err = product.LoadCatalog(fstest.MapFS{"bad.csv": {Data: []byte("product_id,product_name,product_category,price\n1,A|B,Books,9.999\n")}}, "bad.csv")
	fmt.Println(err)
	// Output:
	// Rafael Castro Puig in Barcelona, Spain: 1 × Don Quijote at 15.90
	// Montserrat Suárez Serrano in Valladolid, Spain: 4 × Don Quijote at 15.90
	// 余天雷 in Chongqing, China: 1 × 红楼梦 at 36.80
	// Hollis Kassulke in Riverside, Chile: 1 × Moby-Dick at 14.00
	// product: the catalog sells nothing of category "Music" in country "Chile"; add offers, or use its categories: ["Books"]
	// product: bad.csv:2: price "9.999" is not an amount with at most two decimals, such as 12.50
	// product: bad.csv:2: product name: "A|B" holds the delimiter |
}
