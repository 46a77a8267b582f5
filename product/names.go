package product

import (
	"strings"
	"sync"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// manyNames is how many full names a country of the default world has.
const manyNames = 4096

// englishNames are gofakeit's. They depend on its version, which go.mod pins and
// a test holds.
var englishNames = sync.OnceValue(func() []string {
	f := gofakeit.NewCustom(&mathSource{keyed.New(keyed.Key(0).Named("names of english"))})
	return distinct(func() string { return f.Name() })
})

// mathSource is a keyed source as math/rand's Source64.
type mathSource struct{ keyed.Source }

func (s *mathSource) Int63() int64 { return int64(s.Uint64() >> 1) }
func (s *mathSource) Seed(int64)   {}

// distinct returns manyNames different results of next.
func distinct(next func() string) []string {
	seen := make(map[string]bool, manyNames)
	names := make([]string, 0, manyNames)
	for len(names) < manyNames {
		if n := next(); !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	return names
}

// spanishNames are a given name and the two family names.
func spanishNames(country, given, family string) []string {
	g, f := strings.Split(given, ","), strings.Split(family, ",")
	src := keyed.New(keyed.Key(0).Named("names of " + country))
	return distinct(func() string {
		return frequent(&src, g) + " " + frequent(&src, f) + " " + frequent(&src, f)
	})
}

// chineseNames are a family name and a given name of one or two characters.
func chineseNames() []string {
	f, first, last := []rune(chineseFamily), []rune(chineseFirst), []rune(chineseLast)
	src := keyed.New(keyed.Key(0).Named("names of china"))
	return distinct(func() string {
		name := []rune{frequent(&src, f)}
		if src.IntN(4) > 0 {
			name = append(name, first[src.IntN(len(first))])
		}
		return string(append(name, last[src.IntN(len(last))]))
	})
}

// frequent returns an element of list, which begins with the most frequent ones.
func frequent[T any](src *keyed.Source, list []T) T {
	u := src.Float64()
	return list[int(u*u*float64(len(list)))]
}

const (
	iberianGiven = "María,Antonio,Carmen,Manuel,Ana,José,Lucía,Francisco,Isabel,David,Laura,Juan,Cristina,Javier,Marta,Daniel," +
		"Dolores,Jesús,Pilar,Carlos,Elena,Alejandro,Raquel,Miguel,Sara,Rafael,Paula,Pablo,Rosa,Ángel,Sofía,Sergio,Mercedes," +
		"Fernando,Julia,Jorge,Beatriz,Luis,Nuria,Alberto,Silvia,Álvaro,Irene,Diego,Patricia,Adrián,Rocío,Raúl,Andrea,Iván," +
		"Montserrat,Rubén,Mónica,Óscar,Alba,Enrique,Begoña,Ramón,Inés,Andrés,Íñigo,Ainhoa,Iker,Jordi,Núria,Xavier,Leire,Unai"
	iberianFamily = "García,Rodríguez,González,Fernández,López,Martínez,Sánchez,Pérez,Gómez,Martín,Jiménez,Ruiz,Hernández,Díaz," +
		"Moreno,Muñoz,Álvarez,Romero,Alonso,Gutiérrez,Navarro,Torres,Domínguez,Vázquez,Ramos,Gil,Ramírez,Serrano,Blanco,Molina," +
		"Morales,Suárez,Ortega,Delgado,Castro,Ortiz,Rubio,Marín,Sanz,Núñez,Iglesias,Medina,Garrido,Cortés,Castillo,Santos," +
		"Lozano,Guerrero,Cano,Prieto,Méndez,Cruz,Calvo,Gallego,Vidal,León,Márquez,Herrera,Peña,Flores,Cabrera,Campos,Ibáñez," +
		"Etxeberria,Puig,Ferrer,Castaño,Zubizarreta"
	mexicanGiven = "María Guadalupe,José Luis,Juana,Juan Carlos,Margarita,Miguel Ángel,Verónica,Francisco,Leticia,Jesús,Gabriela," +
		"Alejandro,Rosa María,Jorge,Patricia,Roberto,Ximena,Ricardo,Fernanda,Eduardo,Daniela,Fernando,Mariana,Javier,Valeria," +
		"Arturo,Regina,Raúl,Camila,Sergio,Renata,Héctor,Yolanda,Óscar,Alejandra,Rodrigo,Araceli,Diego,Lucero,Emiliano,Itzel," +
		"Santiago,Citlali,Mateo,Xóchitl,Cuauhtémoc,Socorro,Rubén,Esperanza,Gerardo,Adriana,Ramón,Claudia,Enrique,Beatriz,Julio César"
	mexicanFamily = "Hernández,García,Martínez,López,González,Pérez,Rodríguez,Sánchez,Ramírez,Cruz,Flores,Gómez,Morales,Vázquez," +
		"Reyes,Jiménez,Torres,Díaz,Gutiérrez,Ruiz,Mendoza,Aguilar,Ortiz,Moreno,Castillo,Romero,Álvarez,Méndez,Chávez,Rivera," +
		"Juárez,Ramos,Domínguez,Herrera,Medina,Castro,Vargas,Guzmán,Velázquez,Muñoz,Rojas,de la Cruz,Contreras,Salazar,Luna," +
		"Ortega,Santiago,Guerrero,Estrada,Bautista,Cortés,Soto,Alvarado,Espinoza,Lara,Ávila,Ríos,Cervantes,Silva,Delgado," +
		"Peña,Ibarra,Zavala,Nájera,Treviño,Cantú,Ordóñez,Yáñez"

	chineseFamily = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董袁潘蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金"
	chineseFirst  = "建志文明国晓小海春雪玉雨子思欣嘉俊佳梓浩宇一若诗家永云秀美丽德天少冬金红凤新立成庆正世"
	chineseLast   = "伟芳娜敏静强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玲辉鹏飞红丹萍琳波宁燕峰龙雷健凯婷倩洁颖莹轩涵怡瑶晨阳雯梅林东斌旭琪"
)
