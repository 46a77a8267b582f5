package kafkanauts

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Config says what a stream is. Its zero value is the default world: fourteen
// days of four countries from 2022-01-31 on, with 3 % of the original system's damage.
//
// Workers, Speed, Progress, Meter and Log are about the run only: they never change a
// byte. All else is the recipe: the same recipe under the same version of this module
// gives the same bytes on every machine.
type Config struct {
	Seed  uint64
	Limit uint64 // stop after so many records, in merged order; 0: none

	From, To time.Time // event time, whole seconds, To exclusive; zero: 2022-01-31 UTC, and 14 days after From

	Market    demand.Market     // nil: demand.World()
	Generator product.Generator // nil: product.World()
	Faults    corrupt.Mix       // nil: corrupt.Original(), 3 %; corrupt.Mix{}: none
	Encoding  order.Encoding    // nil: order.Pipe{}
	Key       order.Field       // the field whose text is the records' key; zero: the customer id; order.NoKey: none
	Shards    int               // independent streams, each with its share of the rate and its own customers, 1 to 4,096; 0: 4

	Workers  int            // goroutines that make records, up to 4,096; 0: GOMAXPROCS; 1: that of Run itself, unless it writes by shards
	Speed    float64        // seconds of event time a second; 0: as fast as possible, 1: real time
	Progress func(Progress) // called by Run a few times a second and at the end, never concurrently; may be nil
	Meter    sink.Meter     // told what a Run does, and its sinks, shard by shard; nil: nobody

	// Log is told of a Run: "stream begun" (from, to, shards, merged, speed,
	// expected), "sink failed" (shard, err), and at the end "stream delivered", at
	// level Warn "stream stopped" if its ctx ended, or at level Error "stream
	// failed" (records, bytes, elapsed; paced lag, lag_max; err). Sinks have Logs of their own. nil: nobody.
	Log *slog.Logger
}

// ConfigError is one thing that is wrong with a Config.
type ConfigError struct {
	Path string // the field of Config, such as "Faults"
	Err  error
}

func (e *ConfigError) Error() string { return "kafkanauts: Config." + e.Path + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *ConfigError) Unwrap() error { return e.Err }

// The default world's first instant and length.
var (
	firstInstant = time.Date(2022, time.January, 31, 0, 0, 0, 0, time.UTC)
	firstLength  = 14 * 24 * time.Hour
)

const (
	defaultShards = 4
	mostShards    = 4096
	mostWorkers   = 4096
)

// New returns the stream of c, or everything that is wrong with c: errors.Join of
// a *ConfigError for each. It tries every stage on a sample of orders.
func New(c Config) (*Stream, error) {
	var errs []error
	wrong := func(path string, err error) {
		if err == nil {
			return
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range many.Unwrap() {
				errs = append(errs, &ConfigError{path, err})
			}
			return
		}
		errs = append(errs, &ConfigError{path, err})
	}
	c.fill()

	span := true // whether From and To can be planned
	for _, t := range []struct {
		path string
		time time.Time
	}{{"From", c.From}, {"To", c.To}} {
		if y := t.time.Year(); y < 1 || y > 9998 {
			wrong(t.path, fmt.Errorf("the year %d is outside 1 to 9998", y))
			span = false
		}
		if t.time.Nanosecond() != 0 {
			wrong(t.path, fmt.Errorf("%s is no whole second; truncate it", t.time.Format(time.RFC3339Nano)))
			span = false
		}
	}
	if c.From.Unix() >= c.To.Unix() {
		wrong("To", fmt.Errorf("%s is not after From, %s", c.To.Format(time.RFC3339), c.From.Format(time.RFC3339)))
		span = false
	}
	shards := c.Shards
	if shards < 1 || shards > mostShards {
		wrong("Shards", fmt.Errorf("%d is outside 1 to %d", c.Shards, mostShards))
		shards = defaultShards // to see what else is wrong
	}
	if c.Workers < 0 || c.Workers > mostWorkers {
		wrong("Workers", fmt.Errorf("%d is outside 0 to %d; 0 uses every processor", c.Workers, mostWorkers))
	}
	switch seconds := c.To.Sub(c.From).Seconds(); {
	case c.Speed < 0 || math.IsNaN(c.Speed) || math.IsInf(c.Speed, 0):
		wrong("Speed", fmt.Errorf("%v is no speed; 0 is as fast as possible, 1 is real time", c.Speed))
	case c.Speed > 0 && seconds/c.Speed > mostWait.Seconds():
		wrong("Speed", fmt.Errorf("%v would take more than two hundred years; 1 is real time", c.Speed))
	}
	if c.Key >= order.NumFields && c.Key != order.NoKey {
		wrong("Key", fmt.Errorf("%v is no field; use one of package order's, or order.NoKey", c.Key))
	}

	s := &Stream{cfg: c, err: new(error)}
	s.cfg.Shards = shards
	market := c.Market.Check()
	wrong("Market", market)
	if market == nil && span {
		plan, err := demand.NewPlan(c.Market, c.From, c.To, shards)
		if err == nil {
			s.plan = plan
			err = s.number()
		}
		wrong("Market", err)
	}
	line, lineErrs := product.NewLine(c.Generator)
	if len(lineErrs) == 0 && market == nil {
		lineErrs = covers(line, c.Market)
	}
	s.line, s.plain = line, line.Plain()
	s.binary = order.IsBinary(c.Encoding)
	switch e := c.Encoding.(type) {
	case order.Pipe:
	case order.Unquoter:
		s.unquote = e.Unquote
	default:
		s.unquote = unquoted
	}
	if len(lineErrs) == 0 && s.segments != nil {
		lineErrs = s.try()
	}
	wrong("Generator", errors.Join(lineErrs...))
	proc, err := corrupt.NewProcess(c.Faults, c.Encoding)
	wrong("Faults", err)
	s.proc = proc
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for i := range s.segments {
		seg := &s.segments[i]
		seg.moment = *s.moment(seg)
		seg.line = line.Bind(&seg.moment)
	}
	s.sampled = sync.OnceValues(s.sample)
	for i := range c.Shards {
		s.own = append(s.own, i)
	}
	s.window(c.From.Unix(), c.To.Unix())
	return s, nil
}

// moment returns what all orders of a segment have in common.
func (s *Stream) moment(seg *segment) *product.Moment {
	return &product.Moment{Country: seg.Country, Category: seg.Category, Zone: seg.Zone, Shards: s.cfg.Shards, Seed: s.cfg.Seed}
}

// fill puts the defaults where c has zeros.
func (c *Config) fill() {
	if c.From.IsZero() {
		c.From = firstInstant
	}
	if c.To.IsZero() {
		c.To = c.From.Add(firstLength)
	}
	c.From, c.To = c.From.UTC(), c.To.UTC()
	if c.Market == nil {
		c.Market = demand.World()
	}
	if c.Generator == nil {
		c.Generator = product.World()
	}
	if c.Faults == nil {
		c.Faults = corrupt.Original()
	}
	if c.Encoding == nil {
		c.Encoding = order.Pipe{}
	}
	if c.Key == order.None {
		c.Key = order.CustomerID
	}
	if c.Shards == 0 {
		c.Shards = defaultShards
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
}

// covers returns what stages lack to make orders of every segment.
func covers(l *product.Line, m demand.Market) (errs []error) {
	for _, g := range l.Stages() {
		c, ok := g.(product.Coverer)
		if !ok {
			continue
		}
		for _, seg := range m {
			if err := c.Covers(seg.Country, seg.Category); err != nil {
				errs = append(errs, fmt.Errorf("stage %q: %w", g.Name(), err))
			}
		}
	}
	return errs
}

// try runs the stages on a few orders of each segment, so that what they do
// wrong is found before the first record, and says which one did. What it finds
// depends on the Config alone.
func (s *Stream) try() (errs []error) {
	var d product.Draw
	stages := product.Chain(s.line.Stages())
	blamed := make([]bool, len(stages)+1)
	for i := range s.segments {
		seg := &s.segments[i]
		for n := range uint64(8) {
			// After each stage; after none, it is the market's own affair.
			for k := range len(stages) + 1 {
				at := s.moment(seg)
				at.Time = s.cfg.From
				_, at.Offset = at.Time.In(seg.zone()).Zone()
				seq := s.firstOf(at.Time.Unix(), 0, 0)
				o := order.Order{Time: at.Time, Country: at.Country, Category: at.Category}
				o.ID, o.TxnID = s.ids(seq, at.Time.Unix())
				d.Reset(uint64(s.base.Named("trial").With(uint64(i)).With(n)), at)
				stages[:k].Generate(&d, &o)
				err := s.accept(&o, at, seq)
				if err == nil {
					continue
				}
				if !blamed[k] { // once is enough
					blamed[k] = true
					who := "the market"
					if k > 0 {
						who = fmt.Sprintf("stage %q", stages[k-1].Name())
					}
					errs = append(errs, fmt.Errorf("%s, on an order of %s, %s: %w", who, at.Country, at.Category, err))
				}
				break // what follows builds on it
			}
		}
	}
	return errs
}

// accept returns what is wrong with an order that the stages have filled in.
func (s *Stream) accept(o *order.Order, at *product.Moment, seq uint64) error {
	id, txn := s.ids(seq, at.Time.Unix())
	f := order.None
	switch {
	case o.ID != id:
		f = order.ID
	case o.TxnID != txn:
		f = order.TxnID
	case o.Time != at.Time:
		f = order.Time
	case o.Country != at.Country:
		f = order.Country
	case o.Category != at.Category:
		f = order.Category
	}
	if f != order.None {
		return fmt.Errorf("%v was changed to %s, which demand and the stream decide; a stage must leave it alone", f, o.AppendText(nil, f))
	}
	if c, ok := s.cfg.Encoding.(order.Carrier); ok {
		return c.Carries(o)
	}
	return nil
}
