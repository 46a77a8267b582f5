package kafkanauts_test

import (
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// lost is a user's stage that now and then writes where it should only read.
type lost struct{}

func (lost) Name() string { return "lost" }
func (lost) Generate(d *product.Draw, o *order.Order) {
	o.Site = d.Zone.String()
	if d.Chance(0.001) {
		d.Zone, d.Seed = time.UTC, 1
	}
}

// What a stage does to the draw of one order is not there for the next, so the
// workers still make no difference.
func TestDrawsAreNotHandedOn(t *testing.T) {
	c := kafkanauts.Config{To: time.Date(2022, 1, 31, 6, 0, 0, 0, time.UTC), Generator: append(product.World(), lost{}), Workers: 1}
	want := fingerprint(t, open(t, c))
	for _, c.Workers = range []int{2, 5} {
		if got := fingerprint(t, open(t, c)); got != want {
			t.Errorf("%d workers make other bytes", c.Workers)
		}
	}
}

// marked is a user's encoding that embeds one of package order's.
type marked struct{ order.Pipe }

func (m marked) Append(dst []byte, o *order.Order, at *order.Spans) []byte {
	if at != nil {
		at.Clear()
	}
	return append(dst, "mine"...)
}

// Every record is the user's own encoding's.
func TestEmbeddedEncoding(t *testing.T) {
	s := open(t, kafkanauts.Config{Limit: 1000, Encoding: marked{}, Faults: corrupt.Mix{}})
	for r := range s.Records() {
		if string(r.Value) != "mine" {
			t.Fatalf("a record is %q", r.Value)
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}
