package sinktest_test

import (
	"bytes"
	"context"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// piped is a memory that is a Pipeliner: it delivers a batch in its End.
type piped struct {
	*memory
	flying []*sink.Batch
	kept   [][]byte // delivered too late
	failed bool     // an End
}

func (p *piped) Begin(ctx context.Context, b *sink.Batch) error {
	if p.flaw == "begins when ctx has ended" {
		ctx = context.Background()
	}
	if err := p.memory.Write(ctx, &sink.Batch{}); err != nil && p.flaw != "begins after an error" {
		return err
	}
	if p.flaw == "changes what is on its way" && len(p.flying) > 0 && len(p.flying[0].Records) > 0 {
		p.flying[0].Records[0].Copy++
	}
	p.flying = append(p.flying, b)
	return nil
}

func (p *piped) End(ctx context.Context) error {
	for _, v := range p.kept { // by now it is somebody else's
		p.all.values = append(p.all.values, bytes.Clone(v))
	}
	p.kept = nil
	i := 0
	if p.flaw == "ends in the wrong order" {
		i = len(p.flying) - 1
	}
	b := p.flying[i]
	p.flying = append(p.flying[:i:i], p.flying[i+1:]...)
	switch {
	case p.flaw == "uses memory after End" && len(b.Records) > 0:
		last := &b.Records[len(b.Records)-1]
		whole := *b
		whole.Records = b.Records[:len(b.Records)-1]
		err := p.memory.Write(ctx, &whole)
		p.kept = [][]byte{last.Value}
		p.count++
		last.At = order.Place{Partition: p.partition, Offset: p.count}
		return err
	case p.flaw == "loses a batch at End" && len(p.flying) == 2:
		for i := range b.Records {
			p.count++
			b.Records[i].At = order.Place{Partition: p.partition, Offset: p.count}
		}
		return nil
	case p.flaw == "ends before it delivers" && len(p.flying) == 1:
		return nil
	case p.flaw == "ends well after an error" && p.failed:
		return nil
	}
	err := p.memory.Write(ctx, b)
	p.failed = err != nil
	return err
}

// pipedShards is a Sharder whose shards are Pipeliners, and takes no merged
// stream but by Write.
type pipedShards struct{ sharded }

func (s pipedShards) Shard(i int) (sink.Sink, error) {
	m, err := s.sharded.Shard(i)
	return &piped{memory: m.(*memory)}, err
}
