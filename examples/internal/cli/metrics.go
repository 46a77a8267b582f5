package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/prometheus"
)

// Metrics is the flag of a program that Prometheus may watch.
type Metrics struct {
	addr   string
	server *http.Server
}

// MetricsFlag declares -metrics on flags.
func MetricsFlag(flags *flag.FlagSet) *Metrics {
	m := &Metrics{}
	flags.StringVar(&m.addr, "metrics", "", "`host:port` at which to serve /metrics to Prometheus while it runs, such as :9100; port 0: any")
	return m
}

// Serve begins to serve what the Meter that it returns is told, with these labels
// on all of it, and what the Go runtime tells of itself, and says where. Without the
// flag it does nothing and returns nil. The caller calls Close.
func (m *Metrics) Serve(labels map[string]string) (sink.Meter, error) {
	if m.addr == "" {
		return nil, nil
	}
	if _, _, err := net.SplitHostPort(m.addr); err != nil {
		return nil, Usagef("-metrics %q is not host:port, such as 127.0.0.1:9100 or :9100", m.addr)
	}
	meter := &prometheus.Meter{Labels: labels}
	registry := client.NewRegistry()
	for _, c := range []client.Collector{meter, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("-metrics: %w", err)
		}
	}
	l, err := net.Listen("tcp", m.addr)
	if err != nil {
		return nil, fmt.Errorf("-metrics %s: %w", m.addr, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	m.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := m.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			Say("-metrics %s: %v", m.addr, err)
		}
	}()
	Say("metrics are at http://%s/metrics", l.Addr())
	return meter, nil
}

// Close lets a scrape that is under way end, and serves no more.
func (m *Metrics) Close() {
	if m.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if m.server.Shutdown(ctx) != nil {
		m.server.Close() // which has nothing to say that matters any more
	}
}
