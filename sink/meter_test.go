package sink_test

import (
	"regexp"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
)

func TestNamesOfWhatIsMetered(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]bool{}
	check := func(s, help string) {
		t.Helper()
		if !name.MatchString(s) || seen[s] || len(help) < 10 || help[len(help)-1] != '.' {
			t.Errorf("%q (seen before: %v): %q", s, seen[s], help)
		}
		seen[s] = true
	}
	for c := range sink.NumCounters {
		check(sink.Counter(c).String(), sink.Counter(c).Help())
	}
	for g := range sink.NumGauges {
		check(sink.Gauge(g).String(), sink.Gauge(g).Help())
	}
	if s := sink.Counter(200).String(); s != "counter_200" || sink.Counter(200).Help() != "" {
		t.Errorf("a counter that there is not: %q", s)
	}
	if s := sink.Gauge(200).String(); s != "gauge_200" || sink.Gauge(200).Help() != "" {
		t.Errorf("a gauge that there is not: %q", s)
	}
}
