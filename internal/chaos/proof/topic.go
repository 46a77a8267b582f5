package proof

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ReadTopic reads what a reader of committed records finds in a topic, to its end.
// Nobody may write to it meanwhile, nor leave a transaction open.
func ReadTopic(ctx context.Context, brokers []string, topic string, see visitor) ([]Partition, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // so that the last offset before the end is always seen
		kgo.FetchMaxBytes(16<<20))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	first, err := adm.ListStartOffsets(ctx, topic)
	if err == nil {
		err = first.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("proof: %s: where it begins: %w", topic, err)
	}
	end, err := Settled(ctx, adm, topic)
	if err != nil {
		return nil, fmt.Errorf("proof: %s: where it ends: %w", topic, err)
	}
	parts := make([]Partition, len(end[topic]))
	open := map[int32]int64{}
	starts := map[int32]kgo.Offset{}
	for i := range parts {
		from, to := first[topic][int32(i)].Offset, end[topic][int32(i)].Offset
		if from != 0 {
			return nil, fmt.Errorf("proof: partition %d of %s begins at %d: records were deleted", i, topic, from)
		}
		if to > from {
			open[int32(i)] = to
			starts[int32(i)] = kgo.NewOffset().At(from)
		}
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts})
	readers := make([]reader, len(parts))
	for i := range readers {
		readers[i] = reader{part: &parts[i], values: sha256.New(), messages: &digest{Hash: sha256.New()}}
	}
	for len(open) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return nil, fmt.Errorf("proof: reading %s: %w", topic, err)
		}
		for _, e := range fetches.Errors() {
			return nil, fmt.Errorf("proof: reading partition %d of %s: %w", e.Partition, topic, e.Err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			readers[r.Partition].take(r, see)
			if r.Offset >= open[r.Partition]-1 {
				delete(open, r.Partition)
			}
		})
	}
	for i := range readers {
		readers[i].finish()
	}
	return parts, nil
}

// Settled returns where the partitions of a topic end, once all transactions have. A
// commit is answered before its markers are written, so the last may take a moment;
// after half a minute, or when ctx ends, the error says which is still open.
func Settled(ctx context.Context, adm *kadm.Client, topic string) (kadm.ListedOffsets, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var open error
	for {
		end, err := endOf(ctx, adm, topic, &open)
		if err == nil && open == nil {
			return end, nil
		}
		if err != nil && ctx.Err() == nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, cmp.Or(open, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// endOf asks once where the partitions end; open says which transaction is open, as
// long as the broker does not say that none is.
func endOf(ctx context.Context, adm *kadm.Client, topic string, open *error) (kadm.ListedOffsets, error) {
	stable, err := adm.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = stable.Error()
	}
	if err != nil {
		return nil, err
	}
	end, err := adm.ListEndOffsets(ctx, topic)
	if err == nil {
		err = end.Error()
	}
	if err != nil {
		return nil, err
	}
	*open = nil
	end.Each(func(e kadm.ListedOffset) {
		if s := stable[topic][e.Partition].Offset; s != e.Offset {
			*open = fmt.Errorf("partition %d ends at %d, and from %d on a transaction in it is open", e.Partition, e.Offset, s)
		}
	})
	return end, nil
}

const patience = 30 * time.Second

// reader takes the records of one partition.
type reader struct {
	part     *Partition
	values   hash.Hash
	messages *digest
	line     []byte
}

func (p *reader) take(r *kgo.Record, see visitor) {
	if r.Attrs.IsControl() {
		if len(r.Key) >= 4 { // version and type, two bytes each
			switch binary.BigEndian.Uint16(r.Key[2:]) {
			case 0:
				p.part.Aborts++
			case 1:
				p.part.Commits++
			}
		}
		return
	}
	p.part.Sums = append(p.part.Sums, sumOf(r.Value))
	p.part.Offsets = append(p.part.Offsets, r.Offset)
	p.line = append(append(p.line[:0], r.Value...), '\n')
	p.values.Write(p.line)
	p.messages.bytes(r.Key)
	p.messages.bytes(r.Value)
	p.messages.number(r.Timestamp.UnixMilli())
	p.messages.number(int64(len(r.Headers)))
	for _, h := range r.Headers {
		p.messages.bytes([]byte(h.Key))
		p.messages.bytes(h.Value)
	}
	see(r.Partition, r.Offset, r.Value)
}

func (p *reader) finish() {
	p.part.Values = hex.EncodeToString(p.values.Sum(nil))
	p.part.Messages = p.messages.String()
	if p.part.Offsets == nil {
		p.part.Offsets = []int64{}
	}
}
