package product_test

import (
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/product"
)

func TestSharesAreSpecific(t *testing.T) {
	s, err := product.NewShares(
		product.Share{Value: "any", Weight: 1},
		product.Share{Country: "A", Value: "a", Weight: 1},
		product.Share{Category: "K", Value: "k", Weight: 1},
		product.Share{Country: "A", Category: "K", Value: "ak1", Weight: 1},
		product.Share{Country: "A", Category: "K", Value: "ak2", Weight: 3},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{"A", "L", "a"}, {"B", "K", "k"}, {"B", "L", "any"}, {"", "", "any"}} {
		if got := s.Pick(c[0], c[1], 1<<63); got != c[2] {
			t.Errorf("country %q, category %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
	src, hits := keyed.New(1), 0
	for range 10_000 {
		if s.Pick("A", "K", src.Uint64()) == "ak2" {
			hits++
		}
	}
	near(t, "ak2", hits, 10_000, 0.75)
	var none product.Shares
	if none.Pick("A", "K", 1) != "" || none.Covers("A", "K") == nil {
		t.Error("empty shares have a value")
	}
}

func TestWorldCovers(t *testing.T) {
	for _, country := range []string{product.UnitedStates, product.Mexico, product.China, product.Spain, "France"} {
		for _, category := range []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music} {
			for _, g := range product.World() {
				if c, ok := g.(product.Coverer); ok {
					if err := c.Covers(country, category); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
	if err := product.DefaultCatalog().Covers(product.Spain, "Books"); err == nil || !strings.Contains(err.Error(), "Books") {
		t.Errorf("the catalog sells books: %v", err)
	}
}
