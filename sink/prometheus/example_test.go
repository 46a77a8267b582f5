package prometheus_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/prometheus"
)

// A program registers a Meter, gives it to its run, and serves its registry.
func Example() {
	meter := &prometheus.Meter{Labels: client.Labels{"stream": "orders"}}
	registry := client.NewRegistry()
	registry.MustRegister(meter)
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{}) // http.Handle("/metrics", metrics)

	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	stream, err := kafkanauts.New(kafkanauts.Config{From: from, To: from.Add(time.Minute), Shards: 2, Meter: meter})
	if err != nil {
		log.Fatal(err)
	}
	report, err := stream.Run(context.Background(), sink.Discard())
	if err != nil {
		log.Fatal(err)
	}

	page := httptest.NewRecorder()
	metrics.ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil)) // Prometheus does this
	for line := range strings.Lines(page.Body.String()) {
		if strings.Contains(line, "kafkanauts_records") {
			fmt.Print(line)
		}
	}
	fmt.Println(report.Records, "in all")
	// Output:
	// # HELP kafkanauts_records_total Records delivered, copies included.
	// # TYPE kafkanauts_records_total counter
	// kafkanauts_records_total{shard="0",stream="orders"} 181
	// kafkanauts_records_total{shard="1",stream="orders"} 176
	// 357 in all
}
