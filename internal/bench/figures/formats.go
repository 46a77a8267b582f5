package figures

import (
	"io"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// packing packs the lines of the prebuilt orders, some at a time, as a file of them is.
func packing(c sink.Compression) func(*Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		w, err := c.Writer(io.Discard)
		if err != nil {
			return Job{}, err
		}
		at := 0
		return Job{
			Run: func(n int) error {
				for n > 0 {
					some := min(n, 400, prebuilt-at)
					if _, err := w.Write(x.lines.text[x.lines.ends[at]:x.lines.ends[at+some]]); err != nil {
						return err
					}
					n -= some
					at = (at + some) % prebuilt
				}
				return nil
			},
			Close: w.Close,
		}, nil
	}
}

// containing puts the prebuilt orders into a file of a container.
func containing(c sink.Container) func(*Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		p, err := c.Packer(&sink.Session{Shards: 1, Encoding: order.Pipe{}}, 0)
		if err != nil {
			return Job{}, err
		}
		dst := p.Begin(make([]byte, 0, bufferSize))
		at, r := 0, new(order.Record)
		return Job{Run: func(n int) error {
			for range n {
				if len(dst) > bufferSize {
					dst = dst[:0]
				}
				*r = order.Record{Seq: uint64(at), Order: &x.orders[at], Value: x.lines.text[x.lines.ends[at] : x.lines.ends[at+1]-1]}
				if dst, err = p.Add(dst, r); err != nil {
					return err
				}
				at = (at + 1) % prebuilt
			}
			return nil
		}}, nil
	}
}
