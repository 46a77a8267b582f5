// Package prometheus is the Meter of programs that Prometheus watches: it keeps
// what a run and its sinks tell, and hands it out when it is scraped.
//
//	meter := &prometheus.Meter{}
//	registry.MustRegister(meter) // a Registry of client_golang's
//	stream, err := kafkanauts.New(kafkanauts.Config{Meter: meter, …})
//
// These are the metrics, each by shard; a stream that is merged has the shard "all".
//
//	kafkanauts_records_total                 records delivered, copies included
//	kafkanauts_bytes_total                   bytes of their values and a line end each
//	kafkanauts_retries_total                 requests and connections that are tried again
//	kafkanauts_delivery_errors_total         records not delivered, or of unknown fate
//	kafkanauts_transactions_committed_total
//	kafkanauts_transactions_aborted_total
//	kafkanauts_restarts_total                times a shard was taken up again after an error
//	kafkanauts_active                        1 while a run has the shard, then 0
//	kafkanauts_event_timestamp_seconds       event time up to which all is delivered
//	kafkanauts_lag_seconds                   how long the oldest record not delivered has been due
//	kafkanauts_backlog_records               records due and not delivered
//	kafkanauts_pending_records               records accepted and not committed
//	kafkanauts_unread_records                offsets that a reader has before it
//
// So what is due until now, against what is sent, is
//
//	sum(kafkanauts_records_total) + sum(kafkanauts_backlog_records)
//
// and a stream that cannot keep up is one with
//
//	max(kafkanauts_lag_seconds) > 5
//
// Counters are there, as 0, as soon as a shard is heard of; gauges once they are
// set: lag and backlog only of a paced run, for example. What exactly they mean, sink.Counter
// and sink.Gauge say.
package prometheus

import (
	"math"
	"strconv"
	"sync"
	"sync/atomic"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/kafkanauts/kafkanauts/sink"
)

// Meter is a sink.Meter that a registry collects. Its zero value is ready to use;
// it must not be copied. One Meter serves one run at a time, or several whose shards
// differ; several Meters in one registry need Labels that differ in their values.
// All methods may be called from any goroutine.
type Meter struct {
	// Labels are those that all metrics get beside shard, such as stream and topic. They
	// must not change once the Meter is in use; names that are no good are an error
	// of the registry's Register.
	Labels client.Labels

	shards atomic.Pointer[[]*shard] // by number, the merged stream's first; replaced, never changed
	mu     sync.Mutex               // held while shards is replaced

	once     sync.Once
	counters [sink.NumCounters]*client.Desc
	gauges   [sink.NumGauges]*client.Desc
}

var (
	_ sink.Meter       = (*Meter)(nil)
	_ client.Collector = (*Meter)(nil)
)

// shard is what is known of a shard; nil: nothing.
type shard struct {
	label    string
	counters [sink.NumCounters]atomic.Int64
	gauges   [sink.NumGauges]atomic.Uint64 // bits of a float64
	set      [sink.NumGauges]atomic.Bool
}

// Add implements sink.Meter.
func (m *Meter) Add(shard int, c sink.Counter, n int64) {
	if s := m.shard(shard); s != nil && int(c) < len(s.counters) {
		s.counters[c].Add(n)
	}
}

// Set implements sink.Meter.
func (m *Meter) Set(shard int, g sink.Gauge, v float64) {
	if s := m.shard(shard); s != nil && int(g) < len(s.gauges) {
		s.gauges[g].Store(math.Float64bits(v))
		s.set[g].Store(true)
	}
}

// mostShards is more than any stream has, and any topic partitions.
const mostShards = 1 << 20

// shard returns the shard of that number, from -1 on; nil if it cannot be one.
func (m *Meter) shard(i int) *shard {
	if all := m.shards.Load(); all != nil && i >= -1 && i < len(*all)-1 && (*all)[i+1] != nil {
		return (*all)[i+1]
	}
	if i < -1 || i >= mostShards {
		return nil
	}
	return m.grow(i)
}

func (m *Meter) grow(i int) *shard {
	m.mu.Lock()
	defer m.mu.Unlock()
	var old []*shard
	if all := m.shards.Load(); all != nil {
		old = *all
	}
	if i+1 < len(old) && old[i+1] != nil {
		return old[i+1]
	}
	s := &shard{label: "all"}
	if i >= 0 {
		s.label = strconv.Itoa(i)
	}
	grown := make([]*shard, max(len(old), i+2))
	copy(grown, old)
	grown[i+1] = s
	m.shards.Store(&grown)
	return s
}

// describe makes the descriptions, once.
func (m *Meter) describe() {
	const prefix = "kafkanauts_"
	by := []string{"shard"}
	for c := range m.counters {
		c := sink.Counter(c)
		m.counters[c] = client.NewDesc(prefix+c.String()+"_total", c.Help(), by, m.Labels)
	}
	for g := range m.gauges {
		g := sink.Gauge(g)
		m.gauges[g] = client.NewDesc(prefix+g.String(), g.Help(), by, m.Labels)
	}
}

// Describe is called by a registry.
func (m *Meter) Describe(to chan<- *client.Desc) {
	m.once.Do(m.describe)
	for _, d := range m.counters {
		to <- d
	}
	for _, d := range m.gauges {
		to <- d
	}
}

// Collect is called by a registry.
func (m *Meter) Collect(to chan<- client.Metric) {
	m.once.Do(m.describe)
	all := m.shards.Load()
	if all == nil {
		return
	}
	for _, s := range *all {
		if s == nil {
			continue
		}
		for c, d := range m.counters {
			to <- client.MustNewConstMetric(d, client.CounterValue, float64(s.counters[c].Load()), s.label)
		}
		for g, d := range m.gauges {
			if s.set[g].Load() {
				to <- client.MustNewConstMetric(d, client.GaugeValue, math.Float64frombits(s.gauges[g].Load()), s.label)
			}
		}
	}
}
