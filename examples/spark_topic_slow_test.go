//go:build slow && linux

package examples_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// Twelve shards that executors of Spark put into a topic, of which one is killed in
// an open transaction: read committed, the topic is that of one process.
func TestSlowSparkFillsATopic(t *testing.T) {
	b := kafkatest.Real(t)
	dir := t.TempDir()
	topic := b.Topic(t)
	recipe := []string{"-scale", "0.3", "-seed", "9"}
	run(t, 0, nil, "produce", append(recipe, "-shards", "12", "-out", filepath.Join(dir, "whole")+"/", "-truth", filepath.Join(dir, "whole.csv"))...)
	want := parts(t, filepath.Join(dir, "whole"))

	key := filepath.Join(dir, "key.csv")
	var total struct{ Shards, Records int }
	begun := time.Time{}
	killedMidway(t, &total, "-stream\x00"+topic, func() bool { // a second after the first worker was seen: it has been writing then
		if begun.IsZero() && len(processes("-stream\x00"+topic)) > 0 {
			begun = time.Now()
		}
		return !begun.IsZero() && time.Since(begun) > time.Second
	}, append([]string{"-brokers", b.Addrs[0], "-topic", topic, "-stream", topic + "-s", "-truth", key, "-speed", "400000"}, recipe...)...) // three seconds a shard
	for shard, got := range partitions(t, b, topic, len(want)) {
		if !bytes.Equal(got, want[shard]) {
			t.Errorf("partition %d holds %d lines, not the %d that it should, or others", shard, bytes.Count(got, []byte("\n")), bytes.Count(want[shard], []byte("\n")))
		}
	}
	if withoutPlaces(t, key) != withoutPlaces(t, filepath.Join(dir, "whole.csv")) {
		t.Error("the answer key is not that of the stream")
	}
	if n := bytes.Count(bytes.Join(want, nil), []byte("\n")); total.Shards != 12 || total.Records != n {
		t.Errorf("the answers add up to %+v, and there are %d records", total, n)
	}
	t.Logf("%+v", total)
}
