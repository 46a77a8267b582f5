package analysis

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

func TestInferLayoutOfAnyOrder(t *testing.T) {
	s := maker{seed: 3, orders: 3000, customers: 300, original: 0.03, rival: 0.02}.make()
	rivals, err := order.ParseLayout("order_id,customer_id,customer_name,product_id,product_name,product_category,price,qty,payment_type,datetime,country,city,ecommerce_website_name,payment_txn_id,payment_txn_success,failure_reason")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	layouts := []order.Layout{rivals}
	for range 20 {
		var l order.Layout
		for i, j := range r.Perm(order.Columns) {
			l[i] = order.Layout{}.At(j)
		}
		layouts = append(layouts, l)
	}
	for _, l := range layouts {
		var v Values
		for _, line := range s.values {
			cols := strings.Split(string(line), "|")
			if len(cols) == order.Columns {
				var moved []string
				for _, f := range l {
					moved = append(moved, cols[f-1])
				}
				cols = moved
			}
			v = append(v, []byte(strings.Join(cols, "|")))
		}
		got, err := InferLayout(v)
		if err != nil || got != l {
			t.Errorf("layout\n%v inferred as\n%v, %v", l, got, err)
		}
	}
	if _, err := InferLayout(Values{[]byte("nothing"), nil}); err == nil {
		t.Error("two odd lines have a layout")
	}
}
