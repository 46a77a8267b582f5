package sink

import (
	"context"

	"github.com/kafkanauts/kafkanauts/order"
)

// Batch is a run of consecutive records. (Shard, Step, Part, Parts) names it for
// ever: the same Config gives the same batch under that name, so it serves as an
// idempotency key. It and all that it points to are valid until Write returns.
type Batch struct {
	Shard       int   // whose records these are; -1: all shards', merged
	Step        int64 // from 0 at Config.From
	Part, Parts int   // a paced stream hands a step over in Parts parts; unpaced 0 of 1
	Records     []order.Record
	Lost        []order.Record // not delivered by themselves (dropped, or joined to the next); here for the answer key, in the order of Seq
	Lines       []byte         // the Values, each with its '\n', in one piece
}

// Sink takes a stream's records. One goroutine at a time calls it, batch after
// batch in order. An error ends the run.
type Sink interface {
	// Write delivers the batch and keeps nothing of it. It blocks until it is
	// accepted: that is the stream's backpressure. When it returns nil, every At
	// is set. When ctx ends it returns soon, with an error that wraps ctx's.
	Write(ctx context.Context, b *Batch) error
	// Close is called once, after the last Write, also after an error: at nil
	// all that was accepted is delivered. Called again it returns what it
	// returned before.
	Close(ctx context.Context) error
}

// Sharder is an optional capability of a Sink: a sink for each shard, which are
// written concurrently and without a merge. A stream closes each of them, and
// after the last of them the Sharder itself.
type Sharder interface {
	Sink
	Shard(i int) (Sink, error)
}

// Resumer is an optional capability of a Sink: the first step of the shard (-1:
// of the merged stream) that it has not delivered yet.
type Resumer interface {
	Resume(ctx context.Context, shard int) (step int64, err error)
}

// Opener is an optional capability of a Sink: Open is called once, before the
// first record is made, with what the stream knows by then. An error ends the
// run before it begins.
type Opener interface {
	Open(ctx context.Context, s *Session) error
}

// Session is what a Sink may need to know before the first record.
type Session struct {
	Shards   int            // of the stream, all of them
	Key      order.Field    // the field whose text is the records' key, or order.NoKey
	Encoding order.Encoding // of the values
	From, To int64          // event time: Unix seconds, To exclusive; damage may move records beyond
	Merged   bool           // whether the records come merged or by shards
}
