package readers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// Of the odd orders a format carries all, which readers then find, but those whose
// texts hold what separates its values or records; these it refuses, and names the
// field and the text.
func TestRefused(t *testing.T) {
	orders := sample(t)
	for _, c := range []struct {
		enc       order.Encoding
		forbidden string
	}{{order.Pipe{}, "|\r\n"}, {order.CSV{}, "\r\n"}, {order.JSON{}, ""}} {
		t.Run(fmt.Sprintf("%T", c.enc), func(t *testing.T) {
			fit, refused := carried(c.enc, orders)
			want := 0
			for _, o := range orders {
				bad := order.None
				for f := order.ID; f < order.NumFields && bad == order.None; f++ {
					if strings.ContainsAny(o.Text(f), c.forbidden) {
						bad = f
					}
				}
				if bad == order.None {
					if !slices.Contains(fit, o) {
						t.Errorf("it does not carry %v", o)
					}
					continue
				}
				if said := refused[want].Error(); !strings.Contains(said, bad.String()) || !strings.Contains(said, fmt.Sprintf("%q", o.Text(bad))) {
					t.Errorf("of %s = %q it says: %s", bad, o.Text(bad), said)
				}
				want++
			}
			if len(refused) != want {
				t.Errorf("it refuses %d orders, not %d: %v", len(refused), want, refused)
			}
		})
	}
}
