package kafkanauts

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Stream is a stream of orders, ready to be made: any number of times, each
// time the same. It is the sum of Config.Shards independent streams; the unit
// of work is a step, a slice of event time of a width that the Config decides.
// Records and Err belong to one goroutine at a time; the other methods are safe
// for concurrent use.
type Stream struct {
	cfg      Config
	plan     *demand.Plan
	line     *product.Line
	proc     *corrupt.Process
	segments []segment
	plain    bool                                     // no stage can make an order that the encoding cannot carry
	unquote  func(f order.Field, value []byte) []byte // what of a value is its text; nil: all
	binary   bool                                     // the values are not lines of text
	numbering

	own        []int                  // the shards that it has, ascending
	sampled    func() (string, error) // the sample of its recipe, made once
	from, to   int64                  // Unix seconds of emission that this window has; to is exclusive
	final      bool                   // whether the window holds the stream's end, and so what was delayed beyond it
	first, end int64                  // the steps that must be made for it
	err        *error
}

// segment is one of the market's, with the line bound to it.
type segment struct {
	demand.Segment
	moment product.Moment // what all its orders have in common
	line   *product.Line
}

func (s *segment) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// numbering is how records are told apart. The sequence number of record i among
// those of one shard in slice j of the Unix second s (a stream of more than about
// two thousand orders a second has steps shorter than a second, n a second) is
//
//	((s*n + j)*shards + shard) << indexBits | i
//
// which ascends with event time and needs nobody's agreement. Seconds before 1970
// count from earlier on: see era.
type numbering struct {
	base       keyed.Key
	era        int64 // Unix second from which seconds count: 1970, or the year 1 for streams that begin before it
	shards     int64
	perSecond  int64             // n
	lowBits    int               // of what numbers the records of one second
	orderIDs   keyed.Permutation // of what numbers those of a minute
	txnIDs     keyed.Permutation // of all bits
	arrivalKey keyed.Key
	orderKey   keyed.Key
	damageKey  keyed.Key
}

const (
	indexBits  = 16
	minuteBits = 6 // the minutes of order ids have 64 seconds
	yearOne    = -62135596800
)

func (s *Stream) number() error {
	s.base = keyed.Key(s.cfg.Seed).Named("kafkanauts")
	if s.cfg.From.Unix() < 0 {
		s.era = yearOne
	}
	s.shards = int64(s.cfg.Shards)
	s.perSecond = 1
	if s.plan.Width() < time.Second {
		s.perSecond = s.plan.StepAt(s.cfg.From.Add(time.Second))
	}
	s.lowBits = bits.Len64(uint64(s.perSecond)*uint64(s.cfg.Shards)-1) + indexBits
	all := s.lowBits + bits.Len64(uint64(s.cfg.To.Unix()-s.era))
	if all > 63 {
		return fmt.Errorf("the peak rate needs %d steps a second in %d shards, which is too much to number; lower the rate or the shards",
			s.perSecond, s.cfg.Shards)
	}
	s.orderIDs = keyed.NewPermutation(s.base.Named("order ids"), s.lowBits+minuteBits)
	s.txnIDs = keyed.NewPermutation(s.base.Named("transaction ids"), all)
	s.arrivalKey, s.orderKey, s.damageKey = s.base.Named("arrivals"), s.base.Named("orders"), s.base.Named("damage")
	for i := range s.cfg.Market {
		s.segments = append(s.segments, segment{Segment: s.cfg.Market[i]})
	}
	return nil
}

// firstOf returns the first number of a shard in a slice of a second.
func (n *numbering) firstOf(unix, slice int64, shard int) uint64 {
	return uint64(((unix-n.era)*n.perSecond+slice)*n.shards+int64(shard)) << indexBits
}

// at returns what names a step in keys: when it begins. So no two streams of one
// seed repeat each other at another time.
func (n *numbering) at(unix, slice int64) uint64 { return uint64((unix-n.era)*n.perSecond + slice) }

// ids returns the order's and the transaction's id. Both are unique. Order ids
// ascend by the minute, of 64 seconds, and are scattered within it; transaction ids
// are scattered over all time. Neither tells anything of a record but about when it was.
func (n *numbering) ids(seq uint64, unix int64) (id, txn uint64) {
	minute := uint64(unix-n.era) >> minuteBits
	within := seq - n.firstOf(n.era+int64(minute<<minuteBits), 0, 0)
	turned := (within + keyed.Mix(minute)) & (1<<(n.lowBits+minuteBits) - 1)
	return 1 + minute<<(n.lowBits+minuteBits) + n.orderIDs.Of(turned), 1 + n.txnIDs.Of(seq)
}

// Config returns the stream's Config, with the defaults in the place of zeros.
func (s *Stream) Config() Config { return s.cfg }

// Forecast returns what to expect of the stream, or of the part that it is,
// exactly: the law that its records are drawn from. It counts orders by their event
// time, before any is dropped, delayed or repeated.
func (s *Stream) Forecast() demand.Forecast {
	f := s.plan.Forecast(unix(s.from), unix(s.to))
	if len(s.own) < s.cfg.Shards {
		f = f.Share(float64(len(s.own)) / float64(s.cfg.Shards))
	}
	return f
}

// Patterns returns what the stages say they plant.
func (s *Stream) Patterns() []product.Pattern {
	return product.Chain(s.line.Stages()).Declare()
}

// Window returns the part of the stream that is emitted from from on and before to,
// made alone: in time proportional to the window, and equal to that part of the
// whole. What reaches beyond the stream's ends is cut; the part that holds
// its end also holds what was delayed beyond it. Limit does not apply to a part.
func (s *Stream) Window(from, to time.Time) *Stream {
	w := *s
	w.err = new(error)
	w.cfg.Limit = 0
	w.window(max(from.Unix(), s.from), min(to.Unix(), s.to))
	w.final = s.final && to.Unix() >= s.to
	return &w
}

func (s *Stream) window(from, to int64) {
	s.from, s.to = from, to
	s.final = to >= s.cfg.To.Unix()
	s.first, s.end = 0, 0
	if from < to {
		s.first = s.before(from)
		s.end = s.plan.StepAt(unix(to-1).Add(time.Second-1)) + 1
	}
}

// before returns the first step of which a record may be sent at an event second,
// or later.
func (s *Stream) before(from int64) int64 {
	reach := min(int64(s.proc.Reach()/time.Second)+1, from-s.cfg.From.Unix())
	return s.plan.StepAt(unix(from - reach))
}

// seconds returns the event seconds that a step has: from from on and before
// to. Steps shorter than a second share one.
func (s *Stream) seconds(step int64) (from, to int64) {
	first, next := s.plan.Bounds(step)
	return first.Unix(), next.Add(time.Second - 1).Unix()
}

// Only returns the part of the stream that these shards are, made alone: in time
// proportional to their records, and equal to that part of the whole. Shards that
// the stream does not have are left out. Limit does not apply to a part.
func (s *Stream) Only(shards ...int) *Stream {
	w := *s
	w.err = new(error)
	w.cfg.Limit = 0
	w.own = nil
	for _, i := range s.own {
		if slices.Contains(shards, i) {
			w.own = append(w.own, i)
		}
	}
	if len(w.own) == 0 {
		w.end = w.first
	}
	return &w
}

func unix(second int64) time.Time { return time.Unix(second, 0).UTC() }

// Records returns the stream's records in merged order: by Seq, but for those
// that were delayed or repeated. A record is valid until the next. Lost
// records are left out, and Config's Speed and Progress do not apply. If the
// records end early, Err says why.
func (s *Stream) Records() iter.Seq[*order.Record] {
	return func(yield func(*order.Record) bool) {
		*s.err = nil
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		err := s.produce(ctx, false, 0, func(m *maker) error {
			defer m.release()
			for i := range m.lanes[0].batch.Records {
				if !yield(&m.lanes[0].batch.Records[i]) {
					return errStopped
				}
			}
			return nil
		})
		if !errors.Is(err, errStopped) {
			*s.err = err
		}
	}
}

var errStopped = errors.New("stopped by its reader")

// Err returns why the last Records ended early, or nil. It must not be called
// while they are still read.
func (s *Stream) Err() error { return *s.err }

// Run makes the stream and writes it to dst: each shard by itself, concurrently,
// if dst is a sink.Sharder, else merged. It returns when all is delivered and
// dst is closed, or with everything that went wrong; no goroutine of its own is
// left then. The Report counts what was delivered, also if there is an error. If
// ctx ends, the error wraps its cause.
func (s *Stream) Run(ctx context.Context, dst sink.Sink) (Report, error) {
	if dst == nil {
		return Report{}, errors.New("kafkanauts: no sink to run into; sink.Discard() takes everything")
	}
	r := &run{Stream: s, dst: dst}
	return r.run(ctx)
}
