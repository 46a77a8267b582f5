package prometheus_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/prometheus"
)

// gather returns what a registry with the Meter in it has, as name{label="value",…}.
func gather(t *testing.T, registry *client.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			all[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return all
}

func TestMeter(t *testing.T) {
	registry := client.NewPedanticRegistry()
	meter := &prometheus.Meter{}
	if err := registry.Register(meter); err != nil {
		t.Fatal(err)
	}
	if all := gather(t, registry); len(all) != 0 {
		t.Errorf("a Meter that was told nothing has %v", all)
	}
	meter.Add(-1, sink.CountRecords, 7)
	meter.Add(300, sink.CountFailures, 2)
	meter.Add(300, sink.CountFailures, 3)
	meter.Set(300, sink.GaugeLag, 1.5)
	meter.Set(300, sink.GaugeLag, 0.25)
	meter.Set(2, sink.GaugeEvent, -1)
	meter.Set(2, sink.GaugePending, math.Inf(1))
	all := gather(t, registry)
	for name, want := range map[string]float64{
		"kafkanauts_records_total{shard=all}":                7,
		"kafkanauts_records_total{shard=300}":                0,
		"kafkanauts_delivery_errors_total{shard=300}":        5,
		"kafkanauts_lag_seconds{shard=300}":                  0.25,
		"kafkanauts_event_timestamp_seconds{shard=2}":        -1,
		"kafkanauts_pending_records{shard=2}":                math.Inf(1),
		"kafkanauts_transactions_committed_total{shard=all}": 0,
	} {
		if got, ok := all[name]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	if want := 3*sink.NumCounters + 3; len(all) != want {
		t.Errorf("%d metrics, want %d: %v", len(all), want, all)
	}

	// What is not of this version, or no shard, is left out.
	meter.Add(0, sink.Counter(sink.NumCounters), 1)
	meter.Set(0, sink.Gauge(sink.NumGauges), 1)
	meter.Add(-2, sink.CountRecords, 1)
	meter.Add(math.MaxInt, sink.CountRecords, 1)
	if now := gather(t, registry); len(now) != len(all)+sink.NumCounters {
		t.Errorf("%d metrics, want those and the counters of shard 0", len(now))
	}
}

// Meters of one registry have labels of the same names and other values.
func TestMetersAreOfOneRegistry(t *testing.T) {
	registry := client.NewPedanticRegistry()
	a, b := &prometheus.Meter{Labels: client.Labels{"stream": "a"}}, &prometheus.Meter{Labels: client.Labels{"stream": "b"}}
	for _, m := range []*prometheus.Meter{a, b} {
		if err := registry.Register(m); err != nil {
			t.Fatal(err)
		}
		m.Add(0, sink.CountBytes, 1)
	}
	if all := gather(t, registry); len(all) != 2*sink.NumCounters || all["kafkanauts_bytes_total{shard=0,stream=a}"] != 1 {
		t.Errorf("two Meters have %v", all)
	}
	for _, labels := range []client.Labels{{"stream": "a"}, {"shard": "3"}, {"no good": "c", "stream": "c"}, {"topic": "d"}} {
		if err := registry.Register(&prometheus.Meter{Labels: labels}); err == nil {
			t.Errorf("a Meter with the labels %v is registered beside the others", labels)
		}
	}
}

func TestMeterFromManyGoroutines(t *testing.T) {
	registry := client.NewPedanticRegistry()
	meter := &prometheus.Meter{}
	if err := registry.Register(meter); err != nil {
		t.Fatal(err)
	}
	const workers, shards, times = 8, 50, 200
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range times * shards {
				meter.Add(i%shards-1, sink.CountRecords, 2)
				meter.Set(i%shards-1, sink.GaugeLag, float64(i))
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			gather(t, registry)
		}
	})
	wg.Wait()
	var sum float64
	for name, v := range gather(t, registry) {
		if strings.HasPrefix(name, "kafkanauts_records_total") {
			sum += v
		}
	}
	if sum != 2*workers*shards*times {
		t.Errorf("%v records, want %v", sum, 2*workers*shards*times)
	}
}

func TestTellingAllocatesNothing(t *testing.T) {
	var meter sink.Meter = &prometheus.Meter{}
	meter.Add(3, sink.CountRecords, 0)
	if n := testing.AllocsPerRun(100, func() {
		meter.Add(3, sink.CountRecords, 1)
		meter.Set(3, sink.GaugeLag, 1)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMeter(b *testing.B) {
	var meter sink.Meter = &prometheus.Meter{}
	b.ReportAllocs()
	for b.Loop() {
		meter.Add(3, sink.CountRecords, 1)
		meter.Set(3, sink.GaugeEvent, 1)
	}
}
