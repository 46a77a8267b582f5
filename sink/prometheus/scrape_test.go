package prometheus_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/prometheus"
)

// shards is a Sharder that counts what each shard gets, and of one takes nothing
// from some event time on until it is let go.
type shards struct {
	sink.Sharder
	blocked int
	from    time.Time
	release chan struct{}
	stuck   chan struct{} // closed when it has come to that
	once    sync.Once

	mu      sync.Mutex
	records map[string]float64
}

func (s *shards) Shard(i int) (sink.Sink, error) {
	return sink.Func(func(ctx context.Context, b *sink.Batch) error {
		if i == s.blocked && !b.Records[0].Order.Time.Before(s.from) {
			s.once.Do(func() { close(s.stuck) })
			select {
			case <-s.release:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.records[fmt.Sprint(i)] += float64(len(b.Records))
		return nil
	}), nil
}

// serve serves what a registry has, with a Meter in it.
func serve(t *testing.T, meter *prometheus.Meter) (addr string) {
	t.Helper()
	registry := client.NewPedanticRegistry()
	if err := registry.Register(meter); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// TestScrape has a Prometheus watch a paced run of which one shard is stuck for a
// while: the lag is seen while nothing moves, and in the end the numbers are the
// report's.
func TestScrape(t *testing.T) {
	if testing.Short() {
		t.Skip("a Prometheus takes five seconds to look; run without -short")
	}
	meter := &prometheus.Meter{Labels: client.Labels{"stream": "test"}}
	addr := serve(t, meter)
	p := kafkatest.Scrape(t, addr)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // ends a hang
	defer cancel()
	// until returns once the query has a value, by shard, that ok takes.
	until := func(query string, ok func(map[string]float64) bool) map[string]float64 {
		t.Helper()
		for {
			by := map[string]float64{}
			samples, err := p.Query(ctx, query)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range samples {
				by[s.Labels["shard"]] = s.Value
			}
			if ok(by) {
				return by
			}
			select {
			case <-ctx.Done():
				t.Fatalf("in the end %s is %v", query, by)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}

	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	stream, err := kafkanauts.New(kafkanauts.Config{From: from, To: from.Add(5 * time.Minute), Shards: 4, Speed: 100, Meter: meter,
		Market: demand.Market{{Country: product.Spain, Category: product.Gas, Curve: demand.Constant(200)}}})
	if err != nil {
		t.Fatal(err)
	}
	const blocked = "2"
	dst := &shards{Sharder: sink.Discard(), blocked: 2, from: from.Add(time.Minute), release: make(chan struct{}), stuck: make(chan struct{}), records: map[string]float64{}}
	type ending struct {
		kafkanauts.Report
		error
	}
	done := make(chan ending, 1)
	go func() {
		rep, err := stream.Run(ctx, dst)
		done <- ending{rep, err}
	}()

	// It is stuck: the lag grows, and so does what is due, while it sends nothing.
	select {
	case <-dst.stuck:
	case <-ctx.Done():
		t.Fatal("it never was stuck")
	}
	dst.mu.Lock()
	sent := dst.records[blocked]
	dst.mu.Unlock()
	until("kafkanauts_records_total", func(by map[string]float64) bool { return by[blocked] == sent })
	backlog := until("kafkanauts_backlog_records", func(by map[string]float64) bool { return by[blocked] > 1000 })[blocked]
	lag := until("kafkanauts_lag_seconds", func(by map[string]float64) bool { return by[blocked] > 1.5 })[blocked]
	if still := until("kafkanauts_records_total", func(map[string]float64) bool { return true })[blocked]; still != sent {
		t.Errorf("a shard that takes nothing went from %v records to %v", sent, still)
	}
	if most := lag*100*200/4 + 1; backlog > most {
		t.Errorf("%.3f s late, %.0f records are due that are not sent; they cannot be more than %.0f", lag, backlog, most)
	}
	until(`sum without (shard) (kafkanauts_active{stream="test",job="kafkanauts"})`, func(by map[string]float64) bool { return by[""] == 4 })
	close(dst.release)
	end := <-done
	if end.error != nil {
		t.Fatal(end.error)
	}

	// It has ended: the last scrape has what the report has.
	same := func(want map[string]float64) func(map[string]float64) bool {
		return func(got map[string]float64) bool { return fmt.Sprint(got) == fmt.Sprint(want) }
	}
	all := func(v float64) map[string]float64 { return map[string]float64{"0": v, "1": v, "2": v, "3": v} }
	until("kafkanauts_active", same(all(0)))
	until("sum(kafkanauts_records_total)", same(map[string]float64{"": float64(end.Records)}))
	until("sum(kafkanauts_bytes_total)", same(map[string]float64{"": float64(end.Bytes)}))
	until("kafkanauts_records_total", same(dst.records))
	until("kafkanauts_lag_seconds", same(all(0)))
	until("kafkanauts_backlog_records", same(all(0)))
	until("kafkanauts_delivery_errors_total", same(all(0)))
	until("kafkanauts_event_timestamp_seconds", same(all(float64(from.Add(5*time.Minute).Unix()))))
	if seen := until("max_over_time(kafkanauts_lag_seconds[10m])", func(map[string]float64) bool { return true }); seen[blocked] < lag || seen[blocked] > end.Lag.Max.Seconds()+0.2 { // what was given to the sink a tenth of a second before is not late
		t.Errorf("the lag was %.3f s once; the most that was seen is %v, and the report has %v", lag, seen, end.Lag)
	}

	// What is exposed follows Prometheus' own conventions.
	page, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(p.Promtool, "check", "metrics")
	check.Stdin = bytes.NewReader(text)
	if said, err := check.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool: %v\n%s%s", err, said, text)
	}
}
