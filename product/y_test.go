package product_test
import ("testing";"github.com/kafkanauts/kafkanauts/order";"github.com/kafkanauts/kafkanauts/product";"github.com/kafkanauts/kafkanauts/internal/keyed")
func BenchmarkYCopy(b *testing.B){ src:=make([]byte,184); dst:=make([]byte,65536); n:=0
 for b.Loop(){ copy(dst[n:],src); n+=184; if n+184>65536 {n=0} } }
func BenchmarkYMix(b *testing.B){ s:=keyed.New(1); for b.Loop(){ s.Uint64()} }
func ybench(b *testing.B, c product.Chain, mask int){
	line, _ := product.NewLine(c)
	all := moments(1 << 12)
	var d product.Draw
	var o order.Order
	i := 0
	for b.Loop() {
		m := &all[i&mask]
		d.Reset(uint64(i), m)
		o.Country, o.Category = m.Country, m.Category
		line.Fill(&d, &o)
		i++
	}
}
func BenchmarkYWorldSame(b *testing.B){ybench(b,product.World(),0)}
func BenchmarkYWorldMix(b *testing.B){ybench(b,product.World(),4095)}
func BenchmarkYNone(b *testing.B){ybench(b,product.Chain{spy0{}},4095)}
func BenchmarkYCust(b *testing.B){ybench(b,product.World()[:1],4095)}
func BenchmarkYCustCat(b *testing.B){ybench(b,product.World()[:3],4095)}
func BenchmarkYTacos(b *testing.B){ybench(b,product.World()[:4],4095)}
func BenchmarkYBasket(b *testing.B){ybench(b,product.World()[:5],4095)}
func BenchmarkYPay(b *testing.B){ybench(b,product.World()[:6],4095)}
type spy0 struct{}
func (spy0) Name() string {return "x"}
func (spy0) Generate(d *product.Draw,o *order.Order){}
