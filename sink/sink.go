// Package sink has the places where a stream's records go: a file, a directory
// with a file for each shard, any io.Writer, a channel, a function, and several
// of them at once; and the answer key, which is a sink as well, put after the
// sink of the data. Package sink/kafka has topics. A program's own sink needs two
// methods; sinktest tells whether it keeps the contract.
package sink

import (
	"context"

	"github.com/kafkanauts/kafkanauts/order"
)

// Batch is a run of consecutive records. (Shard, Step, Part, Parts) names it for
// ever: the same Config, Speed and window give the same batch under that name, so
// it serves as an idempotency key. It and all that it points to are valid until Write returns.
// A sink changes nothing in it but the At of Records.
type Batch struct {
	Shard       int   // whose records these are; -1: all shards', merged
	Step        int64 // from 0 at Config.From
	Part, Parts int   // a paced stream hands a step over in Parts parts; unpaced 0 of 1

	// Records are to be delivered, in this order.
	Records []order.Record
	// Lost are the records that are not delivered by themselves (dropped, or
	// joined to the next); here for the answer key, in the order of Seq. A lost
	// record is in the batch of the next greater Seq or in an earlier one.
	Lost []order.Record
	// Lines are the Values, each with its '\n', in one piece. They are empty
	// where Records are not, if the values are not lines of text.
	Lines []byte
}

// Sink takes a stream's records. One goroutine at a time calls it, batch after
// batch in order. An error ends the run, and it is final: Write and Close return
// it, or one that wraps it, whenever they are called after it.
type Sink interface {
	// Write delivers the batch and keeps nothing of it. It blocks until it is
	// accepted: that is the stream's backpressure. When it returns nil, every At
	// is set. When ctx ends it returns soon, with an error that wraps ctx's.
	Write(ctx context.Context, b *Batch) error
	// Close is called once, after the last Write, also after an error unless the
	// sink is an Aborter: at nil all that was accepted is delivered. Called again
	// it returns what it returned before. A Write after it is an error.
	Close(ctx context.Context) error
}

// Aborter is an optional capability of a Sink that must know whether a run came
// to its end. If it did not, because a sink failed (this or any other) or
// because the run's ctx ended, Abort is called in the place of Close.
//
// Abort publishes nothing as if it were complete, and throws nothing away that
// was accepted without saying so: it returns an error, such as PartialError, that
// says where that lies, or nil if there is nothing to say. It need not
// repeat the cause, which the caller has. A Close or an Abort after it returns what
// it returned. The ctx is not the one that ended.
type Aborter interface {
	Abort(ctx context.Context, cause error) error
}

// End ends s as a stream does: by Close if cause is nil or s is no Aborter, else
// by Abort. It returns what they return, without the cause.
func End(ctx context.Context, s Sink, cause error) error {
	if a, ok := s.(Aborter); ok && cause != nil {
		return a.Abort(ctx, cause)
	}
	return s.Close(ctx)
}

// Sharder is an optional capability of a Sink: a sink for each shard, which are
// written concurrently and without a merge. A stream that uses it makes no Write
// on the Sharder itself. Shard is called by one goroutine at a time and once for each
// shard, perhaps while others are being written; shards of the stream that
// are not in this run are never asked for. A stream ends each of them (see End),
// and after the last of them the Sharder itself: only then what they
// accepted is delivered. Open is called on the Sharder, not on its shards.
//
// A Sharder that cannot take a merged stream says so in Open, with an error that
// wraps errors.ErrUnsupported.
type Sharder interface {
	Sink
	Shard(i int) (Sink, error)
}

// Pipeliner is an optional capability of a Sink that has several batches on
// their way at once, because each takes long: a stream that is not paced begins
// the next ones before it ends the first. The sinks of a Sharder's shards may have it.
// It is used so only by shards: a merged stream calls Write, which does what Begin
// and End do for one batch, and is not called while others are on their way.
type Pipeliner interface {
	Sink
	// Begin takes a batch, which stays as it is until its End has returned.
	// After an error nothing was begun, and the sink is done for, as after an error
	// of Write. Then a batch that was on its way may be delivered though one before it is
	// not.
	Begin(ctx context.Context, b *Batch) error
	// End waits for the oldest batch that was begun: at nil all of it is
	// delivered and every At is set. It is called once for every batch begun, also
	// after an error: then it returns as soon as nothing of the batch is used any
	// more.
	End(ctx context.Context) error
}

// Opener is an optional capability of a Sink: Open is called once, before the
// first record is made, with what the stream knows by then. An error ends the
// run before it begins; the sink is then ended like any other.
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
	Speed    float64        // of a paced run: seconds of event time a second; else 0
	Limited  bool           // whether the merged order is cut somewhere, which takes all shards from the beginning

	// Recipe returns what decides the stream's bytes, for a sink that goes on where
	// another run ended: only with the same recipe it may. It makes some of the
	// records for that, which takes some milliseconds.
	Recipe func() (Recipe, error)
	Meter  Meter // to tell what only the sink knows, such as CountRetries; nil: nobody
}

// Paced reports whether batches come as their time comes: a sink that buffers
// passes each on at once.
func (s *Session) Paced() bool { return s.Speed > 0 }
