//go:build slow && linux

package examples_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
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
	cmd := exec.Command("spark-submit", append([]string{"--master", "local-cluster[2,1,1024]", "spark/spread.py", "--worker", filepath.Join(bin, "produce"), "--shards", "12", "--",
		"-brokers", b.Addrs[0], "-topic", topic, "-stream", topic + "-s", "-truth", key, "-speed", "400000"}, recipe...)...) // three seconds a shard
	cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1", "PYSPARK_PYTHON=python3")
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for killed := 0; killed == 0; {
		select {
		case err := <-ended:
			t.Fatalf("Spark ended before an executor was killed: %v\n%s", err, log.String())
		case <-time.After(5 * time.Millisecond): // Spark tells nobody how far it is; the workers' processes do
		}
		for worker := range processes("-stream\x00" + topic) {
			for executor := range processes("CoarseGrainedExecutorBackend") {
				if killed == 0 && descends(worker, executor) && !descends(executor, worker) {
					time.Sleep(time.Second) // so long it has been writing; any moment will do
					killed = executor
					t.Logf("executor %d is killed while its worker %d makes shards", executor, worker)
					if err := syscall.Kill(executor, syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	if err := <-ended; err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	lost := regexp.MustCompile(`Lost task \S+ in stage \S+ \(TID \d+\).*`).FindAllString(log.String(), -1)
	t.Logf("tasks that were lost and made again: %d\n%s", len(lost), strings.Join(lost, "\n"))
	if len(lost) == 0 {
		t.Error("no task was lost, so nothing was shown")
	}
	for shard, got := range partitions(t, b, topic, len(want)) {
		if !bytes.Equal(got, want[shard]) {
			t.Errorf("partition %d holds %d lines, not the %d that it should, or others", shard, bytes.Count(got, []byte("\n")), bytes.Count(want[shard], []byte("\n")))
		}
	}
	if withoutPlaces(t, key) != withoutPlaces(t, filepath.Join(dir, "whole.csv")) {
		t.Error("the answer key is not that of the stream")
	}
	var total struct{ Shards, Records int }
	if err := json.Unmarshal(out.Bytes(), &total); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if n := bytes.Count(bytes.Join(want, nil), []byte("\n")); total.Shards != 12 || total.Records != n {
		t.Errorf("the answers add up to %+v, and there are %d records", total, n)
	}
	t.Logf("%+v", total)
}
