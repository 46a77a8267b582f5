package sink_test

import (
	"expvar"
	"fmt"
	"log"
	"strconv"

	"github.com/kafkanauts/kafkanauts/sink"
)

// Vars is a Meter that publishes what it is told as expvar does: a program that
// imports expvar and serves HTTP shows it under /debug/vars.
type Vars struct{ shards, total *expvar.Map }

// NewVars publishes under a name, once a program.
func NewVars(name string) *Vars {
	v := &Vars{new(expvar.Map), new(expvar.Map)}
	m := expvar.NewMap(name)
	m.Set("shards", v.shards)
	m.Set("total", v.total)
	return v
}

// Add adds to the sum over all shards.
func (v *Vars) Add(_ int, c sink.Counter, n int64) { v.total.Add(c.String(), n) }

// Set sets a shard's gauge. It makes the text of its name each time: for more than
// a few shards, a Meter keeps them.
func (v *Vars) Set(shard int, g sink.Gauge, value float64) {
	name := strconv.Itoa(shard) + " " + g.String()
	f, _ := v.shards.Get(name).(*expvar.Float)
	if f == nil {
		f = new(expvar.Float)
		v.shards.Set(name, f) // only one goroutine speaks of a gauge of a shard
	}
	f.Set(value)
}

// A Meter has two methods. A run calls them; here the example does.
func ExampleMeter() {
	vars := NewVars("orders")
	var meter sink.Meter = vars // kafkanauts.Config{Meter: meter, …}

	meter.Add(0, sink.CountRecords, 1200)
	meter.Add(1, sink.CountRecords, 800)
	meter.Add(1, sink.CountRetries, 1)
	meter.Set(1, sink.GaugeLag, 0.5)

	orders := expvar.Get("orders")
	if orders == nil {
		log.Fatal("nothing is published")
	}
	fmt.Println(orders)
	// Output:
	// {"shards": {"1 lag_seconds": 0.5}, "total": {"records": 2000, "retries": 1}}
}
