// Standin keeps the contract of produce and scaleout in a simple way, or breaks it
// on purpose: the harness is tried on it. It sends the files that the real produce,
// named by STANDIN_PRODUCE, makes of a recipe; a shard belongs to whoever holds the
// lock on a file of its. STANDIN_WRONG says what it does wrong:
//
//	position   it goes on ten records before its position: at least once
//	loss       it goes on ten records after its position: at most once
//	open       its records are in no transaction
//	key        the answer key says of each record the offset of the next one
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/chaos/proof"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

var (
	brokers = flag.String("brokers", "", "")
	topic   = flag.String("topic", "", "")
	stream  = flag.String("stream", "", "")
	out     = flag.String("out", "", "")
	key     = flag.String("truth", "", "")
	shards  = flag.Int("shards", 4, "")
	scale   = flag.String("scale", "1", "")
	damage  = flag.String("damage", "original", "")
	broken  = flag.String("corrupt", "0.03", "")
	speed   = flag.Float64("speed", 0, "")

	wrong = os.Getenv("STANDIN_WRONG")
)

const commitEvery = 500 * time.Millisecond

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := run(ctx)
	switch {
	case ctx.Err() != nil:
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	recipe := []string{"-shards", strconv.Itoa(*shards), "-scale", *scale, "-damage", *damage, "-corrupt", *broken}
	if *out != "" {
		args := append(recipe, "-out", *out)
		if *key != "" {
			args = append(args, "-truth", *key)
		}
		c := exec.Command(os.Getenv("STANDIN_PRODUCE"), args...)
		c.Stderr = os.Stderr
		return c.Run()
	}
	dir, origin, err := prepare(recipe)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(*brokers))
	if err != nil {
		return err
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	for _, t := range []string{*topic, *stream + "-control"} {
		forever := "-1"
		_, err := adm.CreateTopic(ctx, int32(*shards), 1, map[string]*string{"retention.ms": &forever}, t)
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return err
		}
	}
	var wg sync.WaitGroup
	ended := make([]error, *shards)
	for i := range *shards {
		wg.Go(func() { ended[i] = send(ctx, dir, i, origin) })
	}
	wg.Wait()
	if err := errors.Join(ended...); err != nil || *key == "" {
		return err
	}
	return writeKey(ctx, dir)
}

// prepare makes the files once for all workers of a stream.
func prepare(recipe []string) (dir string, origin time.Time, err error) {
	dir = filepath.Join(os.TempDir(), "standin-"+*stream)
	unlock, err := lock(context.Background(), dir+".lock")
	if err != nil {
		return "", origin, err
	}
	defer unlock()
	began := filepath.Join(dir, "began")
	if info, err := os.Stat(began); err == nil {
		return dir, info.ModTime(), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", origin, err
	}
	c := exec.Command(os.Getenv("STANDIN_PRODUCE"), append(recipe, "-out", filepath.Join(dir, "data")+"/", "-truth", filepath.Join(dir, "key.csv"))...)
	if said, err := c.CombinedOutput(); err != nil {
		return "", origin, fmt.Errorf("%w: %s", err, said)
	}
	return dir, time.Now(), os.WriteFile(began, nil, 0o644)
}

func lock(ctx context.Context, path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for ctx.Err() == nil {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return f.Close, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.Join(ctx.Err(), f.Close())
}

// send delivers what is left of a shard.
func send(ctx context.Context, dir string, shard int, origin time.Time) error {
	unlock, err := lock(ctx, filepath.Join(dir, fmt.Sprintf("%d.lock", shard)))
	if err != nil {
		return err
	}
	defer unlock()
	file, err := os.ReadFile(filepath.Join(dir, "data", fmt.Sprintf("part-%05d.pipe", shard)))
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSuffix(file, []byte("\n")), []byte("\n"))
	transactional := wrong != "open"
	options := []kgo.Opt{kgo.SeedBrokers(*brokers), kgo.RecordPartitioner(kgo.ManualPartitioner())}
	if transactional {
		options = append(options, kgo.TransactionalID(fmt.Sprintf("%s-%d", *stream, shard)))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	background := context.Background()
	if transactional {
		if _, _, err := client.ProducerID(background); err != nil { // fences, and aborts what is open
			return err
		}
	}
	at, err := position(background, shard)
	if err != nil {
		return err
	}
	if at > 0 && at < len(lines) {
		switch wrong {
		case "position":
			at = max(0, at-10)
		case "loss":
			at = min(len(lines), at+10)
		}
	}
	for at < len(lines) && ctx.Err() == nil {
		if transactional {
			if err := client.BeginTransaction(); err != nil {
				return err
			}
		}
		var failed error
		var mu sync.Mutex
		promise := func(_ *kgo.Record, err error) {
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		}
		for end := time.Now().Add(commitEvery); ctx.Err() == nil && at < len(lines) && time.Now().Before(end); {
			if due(origin, at, len(lines)) {
				client.Produce(background, &kgo.Record{Topic: *topic, Partition: int32(shard), Value: lines[at],
					Timestamp: time.UnixMilli(int64(at))}, promise)
				at++
			} else {
				time.Sleep(time.Millisecond)
			}
		}
		client.Produce(background, &kgo.Record{Topic: *stream + "-control", Partition: int32(shard), Value: strconv.AppendInt(nil, int64(at), 10)}, promise)
		if err := client.Flush(background); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		if transactional {
			if err := client.EndTransaction(background, kgo.TryCommit); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func due(origin time.Time, at, n int) bool {
	if *speed == 0 {
		return true
	}
	whole := 14 * 24 * 3600 / *speed * float64(time.Second)
	return time.Since(origin) >= time.Duration(float64(at)/float64(n)*whole)
}

// position reads how far a shard is. Nobody writes to it meanwhile.
func position(ctx context.Context, shard int) (int, error) {
	at := 0
	err := read(ctx, *stream+"-control", func(r *kgo.Record) {
		if int(r.Partition) == shard {
			at, _ = strconv.Atoi(string(r.Value))
		}
	}, int32(shard))
	return at, err
}

// read shows the committed records of some partitions.
func read(ctx context.Context, topic string, see func(*kgo.Record), partitions ...int32) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(*brokers), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		return err
	}
	defer client.Close()
	var ends kadm.ListedOffsets
	for {
		ends, err = kadm.NewClient(client).ListCommittedOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		if err == nil {
			break
		}
		if !kerr.IsRetriable(err) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	from := map[int32]kgo.Offset{}
	for _, p := range partitions {
		if ends[topic][p].Offset > 0 {
			from[p] = kgo.NewOffset().AtStart()
		}
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	for len(from) > 0 {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if !r.Attrs.IsControl() {
				see(r)
			}
			if r.Offset >= ends[topic][r.Partition].Offset-1 {
				delete(from, r.Partition)
			}
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// writeKey makes the key of the topic from that of the files.
func writeKey(ctx context.Context, dir string) error {
	parts, err := proof.ReadTopic(ctx, []string{*brokers}, *topic, func(int32, int64, []byte) {})
	if err != nil {
		return err
	}
	from, err := os.Open(filepath.Join(dir, "key.csv"))
	if err != nil {
		return err
	}
	defer from.Close()
	file := truth.AppendHeader(nil, truth.Offsets)
	for row, err := range truth.NewReader(bufio.NewReader(from)).Rows() {
		if err != nil {
			return err
		}
		if !row.Lost {
			p, err := strconv.Atoi(row.File[5:10])
			if err != nil {
				return err
			}
			i := row.At.Offset - 1
			if wrong == "key" {
				i++
			}
			row.At = order.Place{Partition: int32(p), Offset: -1}
			if offsets := parts[p].Offsets; int(i) < len(offsets) {
				row.At.Offset = offsets[i]
			}
			row.File = ""
		}
		file = truth.AppendRow(file, truth.Offsets, &row)
	}
	m, err := os.Open(truth.ManifestPath(from.Name()))
	if err != nil {
		return err
	}
	defer m.Close()
	manifest, err := truth.ReadManifest(m)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file)
	manifest.Place, manifest.Truth = truth.Offsets, hex.EncodeToString(sum[:])
	var b bytes.Buffer
	return errors.Join(truth.WriteManifest(&b, manifest), os.WriteFile(*key, file, 0o644),
		os.WriteFile(truth.ManifestPath(*key), b.Bytes(), 0o644))
}
