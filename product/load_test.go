package product_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kafkanauts/kafkanauts/product"
)

func load(name, text string) (*product.Catalog, error) {
	return product.LoadCatalog(fstest.MapFS{name: {Data: []byte(text)}}, name)
}

// The same catalog reads the same from either kind of file.
func TestLoadCatalog(t *testing.T) {
	want := "[{ProductID:7 Name:Tea, green Category:Drinks Country: Price:450 Weight:2.5} " +
		"{ProductID:7 Name:Tea, green Category:Drinks Country:Spain Price:400 Weight:1} " +
		"{ProductID:18446744073709551615 Name:水 Category:Drinks Country: Price:99 Weight:1}]"
	for name, text := range map[string]string{
		"a.csv": "\ufeffprice,product_id,weight,product_name,product_category,country\r\n4.5,7,2.5,\"Tea, green\",Drinks,\r\n" +
			"4,7,,\"Tea, green\",Drinks,Spain\r\n0.99,18446744073709551615,1,水,Drinks,\r\n",
		"a.jsonl": `{"product_id":7,"product_name":"Tea, green","product_category":"Drinks","price":4.50,"weight":2.5}` + "\n\n" +
			`{"product_id":"7","product_name":"Tea, green","product_category":"Drinks","price":"4.00","country":"Spain"}` + "\n" +
			`{"product_id":18446744073709551615,"product_name":"\u6c34","product_category":"Drinks","price":0.99}`,
	} {
		c, err := load(name, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fmt.Sprintf("%+v", c.Offers()); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

// Whatever is wrong is reported at once, with its line.
func TestLoadCatalogReportsEverything(t *testing.T) {
	const head = "product_id,product_name,product_category,price,weight,country\n"
	for _, c := range []struct {
		name, text string
		lines      map[int]string // what the report says of each line
	}{
		{"rows.csv", head +
			"1,A,X,1.00,1,\n" +
			"1,A,X,2.00,1,\n" + // 3
			"1,B,X,2.00,1,Spain\n" +
			"2,A|B,X,2.00,1,\n" + // 5
			"3,\"C\nD\",X,2.00,1,\n" + // 6 and 7
			"4,\xff,X,2.00,1,\n" + // 8
			"5,E,X,-1,0,\n" +
			"6,F,X,0.00,-1,\n" + // 10
			"7,G,X,1.234,1,\n" +
			"x,H,X,1,NaN,\n" +
			"8,,X,1,1,\n" +
			"9,I,X,1,1\n" +
			"10,A,Y,1,1,\n" + // 15
			"0,J,X,1,1,\n" +
			"11,K,X,99999999999999999999,+Inf,\n" +
			"12,L\"M,X,1,1,\n" +
			"13,N,X,1,1,a|b\n",
			map[int]string{
				3: "already in line 2", 4: "in line 2", 5: "delimiter", 6: "line end", 8: "UTF-8", 9: `price "-1"`, 10: "0 cents", 11: "two decimals",
				12: "product_id", 13: "empty", 14: "5 fields", 15: "category", 16: "ids start from 1", 17: "too large", 18: "bare", 19: "country",
			}},
		{"head.csv", "product_id,product_name,product_category,prize,weight,weight\n", map[int]string{1: "prize"}},
		{"none.csv", head, map[int]string{1: "no products"}},
		{"empty.csv", "", map[int]string{1: "empty"}},
		{"rows.jsonl", `{"product_id":1,"product_name":"A","product_category":"X","price":1}` + "\n" +
			"{\n" +
			`{"product_id":2,"product_name":"B","product_category":"X","prize":1}` + "\n" +
			`{"product_id":3,"product_name":null,"product_category":"X","price":1}` + "\n" +
			`{"product_id":4,"product_name":"C","product_category":"X","price":1e2}` + "\n" +
			`{"product_id":1.5,"product_name":"D","product_category":"X","price":1}`,
			map[int]string{2: "unexpected end", 3: "prize", 4: "product_name", 5: "1e2", 6: "1.5"}},
	} {
		_, err := load(c.name, c.text)
		if err == nil {
			t.Errorf("%s was taken", c.name)
			continue
		}
		found := map[int]string{}
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("%s: %v", c.name, err)
		}
		for _, e := range joined.Unwrap() {
			var row *product.RowError
			if !errors.As(e, &row) || row.File != c.name {
				t.Fatalf("%s: %v", c.name, e)
			}
			found[row.Line] += row.Error() + "\n"
		}
		for at, want := range c.lines {
			if !strings.Contains(found[at], want) {
				t.Errorf("%s: line %d: %q, nothing of %q", c.name, at, found[at], want)
			}
		}
		if len(found) != len(c.lines) {
			t.Errorf("%s: %d lines are reported, want %d:\n%v", c.name, len(found), len(c.lines), err)
		}
	}
	if _, err := load("a.txt", "x"); err == nil || !strings.Contains(err.Error(), ".txt") {
		t.Error(err)
	}
	if _, err := product.LoadCatalog(fstest.MapFS{}, "a.csv"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzLoadCatalog(f *testing.F) {
	f.Add("product_id,product_name,product_category,price\n1,A,X,1.00\n")
	f.Add(`{"product_id":1,"product_name":"A","product_category":"X","price":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"a.csv", "a.jsonl"} {
			c, err := load(name, text)
			if err != nil {
				continue
			}
			for _, o := range c.Offers() {
				if o.Price <= 0 || o.Name == "" || strings.ContainsAny(o.Name+o.Category+o.Country, "|\n\r") {
					t.Errorf("%s: %+v", name, o)
				}
				if err := c.Covers(o.Country, o.Category); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestDefaultCatalog(t *testing.T) {
	products := map[string]map[uint64]bool{}
	for _, f := range product.DefaultCatalog().Offers() {
		if products[f.Category] == nil {
			products[f.Category] = map[uint64]bool{}
		}
		products[f.Category][f.ProductID] = true
	}
	for _, category := range []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music} {
		if n := len(products[category]); n < 25 || n > 60 {
			t.Errorf("%d products of %s", n, category)
		}
	}
	if len(products) != 5 {
		t.Errorf("%d categories", len(products))
	}
}

// The names are gofakeit's for one country and our own for the others. Another
// hash changes what every seed means.
func TestNamesGolden(t *testing.T) {
	l := line(t, product.Customers{Population: 1 << 40})
	var d product.Draw
	for country, want := range map[string]uint64{
		product.UnitedStates: 0x3701b07f1e634ffe, product.Mexico: 0x4504d4398fff0bcd, product.China: 0x3d237a3540dc688c, product.Spain: 0x4734b884f6b9e6f, "France": 0x6ff89130684e0c3f,
	} {
		h := fnv.New64a()
		names := map[string]bool{}
		for i := range 20_000 {
			o := fill(l, &d, uint64(i), product.Moment{Country: country})
			fmt.Fprintln(h, o.CustomerName, o.City)
			names[o.CustomerName] = true
		}
		if got := h.Sum64(); got != want {
			t.Errorf("%s: %#x, not %#x", country, got, want)
		}
		// Of 4,096 equally frequent names, 20,000 customers miss fewer than 60
		// but for one time in a million.
		if len(names) < 4096-80 {
			t.Errorf("%s: %d names", country, len(names))
		}
	}
}
