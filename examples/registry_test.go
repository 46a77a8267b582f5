package examples_test

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// registered registers a schema for the values of a topic, as somebody else
// would, and returns its number.
func registered(t *testing.T, url, topic, schema string) int {
	t.Helper()
	cl, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		t.Fatal(err)
	}
	id, err := cl.RegisterSchema(t.Context(), topic+"-value", sr.Schema{Schema: schema}, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range cl.SetCompatibility(t.Context(), sr.SetCompatibility{Level: sr.CompatBackward}, topic+"-value") {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	return id
}

// otherSchema is that of typed records, but with quantities as text.
func otherSchema() string {
	return strings.Replace(avro.Encoding{}.Schema(), `{"name":"qty","type":"long"`, `{"name":"qty","type":"string"`, 1)
}

// put puts values into partition 0 of a topic.
func put(t *testing.T, b *kafkatest.Broker, topic string, values ...string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for _, v := range values {
		if err := cl.ProduceSync(context.WithoutCancel(t.Context()), &kgo.Record{Topic: topic, Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// Through a registry, all orders of a topic come back; what is no framed record is
// rejected with a reason, and a schema that is not ours ends the reading with what is different.
func TestRegistryRoundTrip(t *testing.T) {
	registry := kafkatest.Registry(t)
	b := kafkatest.Real(t)
	dir := t.TempDir()
	topic := registry.Topic(t)
	to := []string{"-brokers", strings.Join(b.Addrs, ","), "-topic", topic, "-format", "avro", "-registry", registry.URL}
	stream := []string{"-corrupt", "0", "-scale", "0.01"}
	run(t, 0, nil, "produce", append(to, stream...)...)
	run(t, 0, nil, "produce", append(stream, "-out", filepath.Join(dir, "orders.pipe"))...)
	decipheredAlike(t, b, to, stream)
	put(t, b, topic, "1|2|a record of another format", "", "\x00\x7f\xff\xff\xff of an unknown schema")
	run(t, 0, nil, "consume", append(to, "-out", filepath.Join(dir, "orders"), "-rejects", filepath.Join(dir, "rejects.csv"))...)

	var want, got multiset
	eachLine(t, filepath.Join(dir, "orders.pipe"), func(line []byte) { want.add(line) })
	var line []byte
	for o, err := range parquet.Read(filepath.Join(dir, "orders")) {
		if err != nil {
			t.Fatal(err)
		}
		line = order.Pipe{}.Append(line[:0], &o, nil)
		got.add(line)
	}
	if want.n == 0 || got.n != want.n || got.sum != want.sum {
		t.Errorf("%d orders are in the data set, not the %d that were sent", got.n, want.n)
	}
	var why []string
	for _, row := range reasons(t, filepath.Join(dir, "rejects.csv")) {
		why = append(why, strings.SplitN(row, ",", 3)[2]) // without partition and offset
	}
	if !slices.Equal(why, []string{",no_frame", ",no_frame", ",unknown_schema"}) {
		t.Errorf("rejected were %q", why)
	}
	_, said := run(t, 0, nil, "produce", append(to, append(stream, "-registry-lookup", "-limit", "1")...)...)
	if !strings.Contains(string(said), "records") {
		t.Errorf("with the schema that is there, produce says %s", said)
	}

	id := registered(t, registry.URL, registry.Topic(t), otherSchema())
	put(t, b, topic, "\x00\x00\x00"+string([]byte{byte(id >> 8), byte(id)})+"whatever")
	for _, program := range []string{"consume", "decipher"} {
		_, said := run(t, 1, nil, program, append(to, "-out", filepath.Join(dir, program))...)
		for _, want := range []string{topic, "partition 0, offset ", "qty is string, not long", "schema " + strconv.Itoa(id)} {
			if !strings.Contains(string(said), want) {
				t.Errorf("%s says\n%s, nothing of %q", program, said, want)
			}
		}
	}
}

// decipheredAlike looks whether in a topic in Avro the same is found as in one of
// lines.
func decipheredAlike(t *testing.T, b *kafkatest.Broker, to, stream []string) {
	t.Helper()
	dir := t.TempDir()
	lines := []string{"-brokers", strings.Join(b.Addrs, ","), "-topic", b.Topic(t)}
	run(t, 0, nil, "produce", append(lines, stream...)...)
	run(t, 0, nil, "decipher", append(lines, "-out", filepath.Join(dir, "lines"))...)
	run(t, 0, nil, "decipher", append(to, "-out", filepath.Join(dir, "avro"))...)
	for _, name := range []string{"findings.json", "flagged.csv"} {
		if sum(t, filepath.Join(dir, "avro", name)) != sum(t, filepath.Join(dir, "lines", name)) {
			t.Errorf("%s is not the same for Avro and for lines", name)
		}
	}
}

// Damaged records are texts; through the registry, each is accepted or rejected, once.
func TestRegistryWithDamage(t *testing.T) {
	registry := kafkatest.Registry(t)
	b := kafkatest.Embedded(t)
	dir := t.TempDir()
	topic := registry.Topic(t)
	to := []string{"-brokers", strings.Join(b.Addrs, ","), "-topic", topic, "-format", "avro", "-registry", registry.URL}
	stream := append(to, "-scale", "0.01", "-corrupt", "0.1", "-stream", topic+"-once")
	_, said := run(t, 0, nil, "produce", stream...)
	run(t, 0, nil, "produce", stream...) // with the same number, or it would be another stream
	_, read := run(t, 0, nil, "consume", append(to, "-out", filepath.Join(dir, "orders"), "-rejects", filepath.Join(dir, "rejects.csv"))...)
	m := regexp.MustCompile(`records +(\d+)`).FindSubmatch(said)
	n := regexp.MustCompile(`has (\d+) orders in \d+ files, and (\d+) rejects`).FindSubmatch(read)
	if m == nil || n == nil {
		t.Fatalf("produce says\n%s, consume\n%s", said, read)
	}
	sent, accepted, rejected := number(t, m[1]), number(t, n[1]), number(t, n[2])
	if sent < 1000 || accepted+rejected != sent || rejected < sent/100 || rejected > sent/5 {
		t.Errorf("%d were sent, %d accepted, %d rejected", sent, accepted, rejected)
	}
}

func number(t *testing.T, digits []byte) int {
	t.Helper()
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A schema that the registry refuses, or does not have, ends produce before there
// is a topic.
func TestRegistryRefuses(t *testing.T) {
	registry := kafkatest.Registry(t)
	b := kafkatest.Embedded(t)
	topic := registry.Topic(t)
	to := []string{"produce", "-brokers", strings.Join(b.Addrs, ","), "-topic", topic, "-format", "avro", "-corrupt", "0", "-scale", "0.01"}
	at := slices.Clip(append(to, "-registry", registry.URL)) // more is appended to it, again and again
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{1, "nothing is registered under subject " + topic + "-value", append(at, "-registry-lookup")},
		{1, "is this its port?", append(to, "-registry", "http://127.0.0.1:1")},
		{1, "no schema registry at this path", append(to, "-registry", strings.TrimSuffix(registry.URL, "/ccompat/v7"))},
		{2, "a password, in the environment variable REGISTRY_PASSWORD", append(at, "-registry-user", "alice")},
		{2, "about -registry, which names none", append(to, "-registry-user", "alice")},
		{2, "about -registry, which names none", append(to, "-registry-lookup")},
		{2, "name its -brokers and that format", append(at, "-format", "json")},
		{2, "name its -brokers and that format", []string{"produce", "-format", "avro", "-out", t.TempDir() + "/orders.avro", "-registry", registry.URL}},
		{2, "name the -registry", []string{"consume", "-brokers", b.Addrs[0], "-format", "avro", "-out", t.TempDir() + "/orders"}},
		{2, "-registry is about -format avro", []string{"consume", "-brokers", b.Addrs[0], "-registry", registry.URL, "-out", t.TempDir() + "/orders"}},
		{2, "-in or -brokers", []string{"decipher", "-format", "avro", "-out", t.TempDir() + "/found"}},
		{1, "nothing is registered", []string{"decipher", "-brokers", b.Addrs[0], "-topic", topic, "-format", "avro", "-registry", registry.URL, "-out", t.TempDir() + "/found"}},
	} {
		_, stderr := run(t, c.status, nil, c.args[0], c.args[1:]...)
		if !strings.Contains(string(stderr), c.says) {
			t.Errorf("%v says\n%s, nothing of %q", c.args, stderr, c.says)
		}
	}
	registered(t, registry.URL, topic, otherSchema())
	_, said := run(t, 1, nil, "produce", at[1:]...)
	for _, want := range []string{"subject " + topic + "-value", "version 1", "BACKWARD", "qty is string, not long", "no record was written"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("produce says\n%s, nothing of %q", said, want)
		}
	}
	if n := held(t, b, topic); n != 0 {
		t.Errorf("the topic holds %d records", n)
	}
}
