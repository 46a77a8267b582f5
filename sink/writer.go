package sink

import (
	"context"
	"io"
)

// Writer is a sink that writes the records to w as lines, after the encoding's
// header if it has one. A record's At is its line: Offset counts records from 1.
// It buffers; a paced stream's batches go through at once, and Close hands over
// what is left, also after an error that was not w's. It never closes w.
//
// A w that blocks keeps Write from returning when ctx ends, unless it has the
// method SetWriteDeadline as network connections do: that ends the write then, and
// the deadline of w is cleared after it.
func Writer(w io.Writer) Sink {
	return &writer{lines{state: state{name: "writer"}, out: output{w: w}}}
}

type writer struct{ lines }

func (w *writer) Open(_ context.Context, s *Session) error {
	if err := holds(s, nil); err != nil {
		return w.fail(err)
	}
	return w.head(s, nil, -1)
}

func (w *writer) Write(ctx context.Context, b *Batch) error { return w.write(ctx, b) }

func (w *writer) Close(ctx context.Context) error {
	return w.end(func() error { return w.flush(ctx) })
}
