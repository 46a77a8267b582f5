package analysis

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// No bytes make a reader panic, whether it learned them or meets them later.
func FuzzReadersNeverPanic(f *testing.F) {
	f.Add([]byte(sound), []byte("||||"))
	f.Add([]byte("|||||||||||||||"), []byte("-|-|-|-|-|-|-|-|-|0000-00-00T00:00:00|\xff|\xff|.|9|Y|null"))
	f.Add([]byte(`{"order_id":1}`), []byte(`"a""b,"`))
	s := maker{seed: 1, orders: 300, customers: 30, original: 0.2}.make()
	models := []*Model{learn(s.values)}
	encodings := []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, enc := range encodings {
			p := NewProfile(enc, 50)
			for range 60 {
				p.Add(a)
			}
			p.Add(b)
			var in Intake
			in.Encoding = enc
			var o order.Order
			for _, m := range append(models, p.Learn()) {
				d, dec := NewDetector(m), NewDecipherer(m)
				var sum Summary
				for _, v := range [][]byte{a, b, a} {
					d.Inspect(order.Place{}, v)
					if len(in.Accept(v, &o)) == 0 {
						sum.Add(&o)
						dec.Add(&o)
					}
				}
				dec.Findings()
				sum.Correlations()
			}
		}
		_, _ = InferLayout(Values{a, b})
	})
}
