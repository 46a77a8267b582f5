package product_test

import (
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// moments are orders of the default world, as demand might have them.
func moments(n int) []product.Moment {
	countries := []string{product.UnitedStates, product.Mexico, product.China, product.Spain}
	categories := []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music}
	src := keyed.New(keyed.Key(3))
	all := make([]product.Moment, n)
	for i := range all {
		all[i] = product.Moment{
			Time:     time.Unix(1643587200+int64(src.IntN(14*86400)), 0).UTC(),
			Country:  countries[src.IntN(len(countries))],
			Category: categories[src.IntN(len(categories))],
			Shard:    src.IntN(4), Shards: 4,
		}
	}
	return all
}

// BenchmarkCopy is the yardstick: a line of 184 bytes copied into a buffer.
func BenchmarkCopy(b *testing.B) {
	line, buffer, n := make([]byte, 184), make([]byte, 1<<16), 0
	for b.Loop() {
		if n+len(line) > len(buffer) {
			n = 0
		}
		n += copy(buffer[n:], line)
	}
}

func BenchmarkWorld(b *testing.B) {
	line, errs := product.NewLine(product.World())
	if errs != nil {
		b.Fatal(errs)
	}
	all := moments(1 << 12)
	var d product.Draw
	var o order.Order
	b.ReportAllocs()
	i := uint64(0)
	for b.Loop() {
		m := &all[i%uint64(len(all))]
		d.Reset(i, m)
		o.Country, o.Category = m.Country, m.Category
		line.Fill(&d, &o)
		i++
	}
}

func BenchmarkStage(b *testing.B) {
	for _, g := range product.World() {
		b.Run(g.Name(), func(b *testing.B) {
			whole, _ := product.NewLine(product.World())
			line, _ := product.NewLine(product.Chain{g})
			all := moments(1 << 12)
			draws, orders := make([]product.Draw, len(all)), make([]order.Order, len(all))
			for i := range all {
				draws[i].Reset(uint64(i), &all[i])
				orders[i].Country, orders[i].Category = all[i].Country, all[i].Category
				whole.Fill(&draws[i], &orders[i])
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				line.Fill(&draws[i%len(all)], &orders[i%len(all)])
				i++
			}
		})
	}
}
