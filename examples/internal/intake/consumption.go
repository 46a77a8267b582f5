package intake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// Consumption is the reading of a topic into a data set that grows: each record
// of the topic is in the data set or among its rejects, once, whatever
// becomes of the processes that read.
type Consumption struct {
	Source   kafka.ConsumerConfig // without its functions
	Encoding order.Encoding
	Dir      string // of the data set

	// Learn is told each value before it is read, for an Encoding that must find out what
	// it is written in; an error ends the run. It may be nil.
	Learn func(ctx context.Context, value []byte) error

	Categories, Countries []string // what the data set may have; none: anything
	Policy                Policy

	// Dead is a topic that also gets the rejects, at least once; "": none does.
	Dead string
	// Rejects is a file into which all rejects of the data set are put at the end;
	// "": they only are in the data set.
	Rejects string

	// What is read of a partition is committed when it is so many records, or so
	// old; and when all that is not committed takes so many bytes, the
	// largest part of it is. 0: 262,144, a minute, 256 MiB.
	Records int
	Every   time.Duration
	Memory  int64

	Total    func(n int64)    // told once how many records there are about; may be nil
	Progress func(done int64) // told now and then; may be nil
	Warn     func(text string)
}

// terms are what decides which records become rows.
func (c *Consumption) terms() string {
	any := func(names []string) string {
		if len(names) == 0 {
			return "any"
		}
		return strings.Join(names, ", ")
	}
	encoding := fmt.Sprint(c.Encoding)
	if p, ok := c.Encoding.(order.Pipe); ok && p.Lenient {
		encoding = "lenient " + encoding
	}
	return fmt.Sprintf("encoding %s, late after %v, duplicates within %d offsets, categories %s, countries %s",
		encoding, c.Policy.Late, c.Policy.Window, any(c.Categories), any(c.Countries))
}

// Consumed is what a Consumption came to.
type Consumed struct {
	Tally   analysis.IntakeTally // of what was read and committed here
	DataSet parquet.Totals       // of the whole data set, by whomever
}

const (
	tick        = 250 * time.Millisecond // how often a Consumption looks at the clock
	maxFolders  = 1 << 10                // a chunk has files of
	lastCommits = 30 * time.Second       // for what a signal interrupts
)

// run is a Consumption under way.
type run struct {
	*Consumption
	source *kafka.Consumer
	data   *parquet.Growing
	dead   *kafka.DeadLetters
	flows  map[int32]*flow
	memory int64
	read   int64
	done   analysis.IntakeTally
}

// Run reads to where the topic ends, or with Follow until ctx does, and commits
// what it has read. With a Group it ends when the whole topic is in the data set, by whichever
// member, and all its files are in place. Without Follow, the end of ctx is an error; what was committed stays, and the
// next Run goes on from there.
func (c *Consumption) Run(ctx context.Context) (Consumed, error) {
	r := &run{Consumption: c, flows: map[int32]*flow{}}
	if c.Records == 0 {
		c.Records = 1 << 18
	}
	if c.Every == 0 {
		c.Every = time.Minute
	}
	if c.Memory == 0 {
		c.Memory = 1 << 28
	}
	if c.Rejects != "" {
		if _, err := os.Stat(filepath.Dir(c.Rejects)); err != nil {
			return Consumed{}, err // better now than at the end
		}
	}
	config := c.Source
	config.Assigned, config.Revoked, config.Lost = r.assigned, r.revoked, r.lost
	var err error
	if r.source, err = kafka.NewConsumer(ctx, config); err != nil {
		return Consumed{}, err
	}
	defer r.source.Close()
	if c.Dead != "" {
		if c.Dead == c.Source.Read.Topic {
			return Consumed{}, fmt.Errorf("topic %s cannot have its own rejects", c.Dead)
		}
		r.dead, err = kafka.NewDeadLetters(ctx, kafka.DeadConfig{Brokers: config.Read.Brokers, Topic: c.Dead, Security: config.Read.Security, Log: config.Read.Log, Options: config.Read.Options})
		if err != nil {
			return Consumed{}, err
		}
		defer r.dead.Close()
	}
	r.data, err = parquet.Grow(parquet.GrowConfig{Dir: c.Dir,
		Origin: parquet.Origin{Topic: config.Read.Topic, TopicID: r.source.TopicID(), Cluster: r.source.Cluster(), Terms: c.terms()}})
	if err != nil {
		return Consumed{}, err
	}
	if err := r.announce(); err != nil {
		return Consumed{}, err
	}
	err = r.loop(ctx)
	result := Consumed{Tally: r.done}
	for i := range r.source.Partitions() {
		at, e := r.data.Position(int32(i))
		err = errors.Join(err, e)
		result.DataSet.Rows += at.Totals.Rows
		result.DataSet.Rejects += at.Totals.Rejects
		result.DataSet.Files += at.Totals.Files
		result.DataSet.Chunks += at.Totals.Chunks
	}
	if c.Rejects != "" {
		err = errors.Join(err, Gather(c.Dir, c.Rejects))
	}
	return result, err
}

// announce tells how much there is to read.
func (r *run) announce() error {
	if r.Total == nil {
		return nil
	}
	var n int64
	for i := range r.source.Partitions() {
		at, err := r.data.Position(int32(i))
		if err != nil {
			return err
		}
		n += max(0, r.source.End(int32(i))-at.Next)
	}
	r.Total(n)
	return nil
}

// loop reads until all is read or ctx ends.
func (r *run) loop(ctx context.Context) error {
	for {
		for m, err := range r.source.Poll(ctx, tick) {
			if err != nil {
				return r.leave(ctx, err)
			}
			if err := r.message(ctx, &m); err != nil {
				return r.interrupted(ctx, err)
			}
		}
		if r.Progress != nil {
			r.Progress(r.read)
		}
		over, err := r.tick(ctx)
		if err != nil {
			return r.interrupted(ctx, err)
		}
		if over {
			return nil
		}
	}
}

// interrupted leaves if the end of ctx is why something failed.
func (r *run) interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return r.leave(ctx, err)
	}
	return err
}

// message takes one message.
func (r *run) message(ctx context.Context, m *kafka.Message) error {
	f := r.flows[m.Partition]
	if f == nil {
		return fmt.Errorf("partition %d is read without having been assigned", m.Partition)
	}
	if r.Learn != nil {
		if err := r.Learn(ctx, m.Value); err != nil {
			return fmt.Errorf("topic %s, partition %d, offset %d: %w", r.Source.Read.Topic, m.Partition, m.Offset, err)
		}
	}
	if m.Offset < f.from.Next {
		f.recall(m)
		return nil
	}
	if f.since.IsZero() {
		f.since = time.Now()
	}
	before := f.memory
	source := ""
	if r.dead != nil {
		source = r.Source.Read.Topic
	}
	if err := f.accept(r.Policy, m, source); err != nil {
		return err
	}
	r.memory += f.memory - before
	r.read++
	switch {
	case f.chunk.Rows()+int(f.rejected) >= r.Records || f.chunk.Folders() >= maxFolders:
		return r.commit(ctx, f)
	case r.memory >= r.Memory:
		for _, g := range r.flows {
			if g.memory > f.memory {
				f = g
			}
		}
		return r.commit(ctx, f)
	}
	return nil
}

// tick commits what is old enough, and reports whether all is done.
func (r *run) tick(ctx context.Context) (over bool, err error) {
	over = !r.Source.Read.Follow
	for i, f := range r.flows {
		if r.source.Next(i) <= f.from.Next { // which may be what Seek or Assigned said, for the window's sake
			over = over && r.source.Ended(i)
			continue
		}
		if f.since.IsZero() {
			f.since = time.Now()
		}
		ended := r.source.Ended(i)
		if ended || time.Since(f.since) >= r.Every {
			if err := r.commit(ctx, f); err != nil {
				return false, err
			}
		}
		over = over && ended
	}
	if !over {
		return false, nil
	}
	for i := range r.source.Partitions() { // others may have some
		if at, err := r.data.Position(int32(i)); err != nil || at.Next < r.source.End(int32(i)) {
			return false, err
		}
	}
	for i := range r.source.Partitions() {
		if r.flows[int32(i)] != nil {
			continue
		}
		// Who committed the last of it may not have put it in place yet, or may be dead.
		if _, err := r.data.Take(int32(i)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// commit puts what was read of a partition into the data set.
func (r *run) commit(ctx context.Context, f *flow) error {
	taken, err := r.put(ctx, f)
	if err != nil || !taken {
		return err
	}
	if r.Source.Group == "" {
		return fmt.Errorf("%s: another process writes this data set too; end one of them, or give both the same -group", r.Dir)
	}
	from, err := r.settle(f)
	if err == nil {
		r.source.Seek(f.partition, from)
	}
	return err
}

// put commits what was read of a partition, if it is anything. taken says that
// another process has done so before.
func (r *run) put(ctx context.Context, f *flow) (taken bool, err error) {
	end := r.source.Next(f.partition)
	if end <= f.from.Next {
		return false, nil
	}
	rest, err := f.rest(end)
	if err != nil {
		return false, err
	}
	if len(f.letters) > 0 {
		for i := range f.letters {
			r.dead.Send(ctx, &f.letters[i])
		}
		if err := r.dead.Flush(ctx); err != nil {
			return false, err
		}
	}
	at, err := f.chunk.Commit(rest)
	r.memory -= f.memory
	f.memory = 0
	if errors.Is(err, parquet.ErrTaken) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	r.done.Merge(&f.in.Tally)
	f.next(r.data, at)
	if err := r.source.CommitGroup(ctx, map[int32]int64{f.partition: at.Next}); err != nil && r.Source.Read.Log != nil {
		r.Source.Read.Log.Warn("the group was not told how far a partition has been kept", "partition", f.partition, "error", err)
	}
	return false, nil
}

// settle begins a partition where it stands in the data set, and returns from
// where it is to be read.
func (r *run) settle(f *flow) (from int64, err error) {
	at, err := r.data.Take(f.partition)
	if err != nil {
		return 0, err
	}
	r.memory -= f.memory
	if err := f.place(r.data, r.Policy, at); err != nil {
		return 0, fmt.Errorf("%s: partition %d: %w", r.Dir, f.partition, err)
	}
	if at.Next > 0 && at.Next < f.first && r.Warn != nil {
		r.Warn(fmt.Sprintf("partition %d: offsets %d to %d were deleted from the topic before they were read", f.partition, at.Next, f.first-1))
	}
	return max(f.first, at.Next-r.Policy.Window), nil
}

func (r *run) assigned(ctx context.Context, partition int32, first int64) (int64, error) {
	if r.flows[partition] != nil {
		r.lost(partition)
	}
	f := &flow{partition: partition, first: first, in: analysis.Intake{Encoding: r.Encoding, Categories: r.Categories, Countries: r.Countries}}
	from, err := r.settle(f)
	if err == nil {
		err = r.source.Reaches(ctx, partition, f.from.Next) // which is after from, if there is a window
	}
	if err == nil {
		r.flows[partition] = f
	}
	return from, err
}

func (r *run) revoked(ctx context.Context, partition int32) error {
	f := r.flows[partition]
	_, err := r.put(ctx, f)
	r.lost(partition)
	return err
}

func (r *run) lost(partition int32) {
	f := r.flows[partition]
	r.memory -= f.memory
	f.drop()
	delete(r.flows, partition)
}

// leave commits what was read before err ended the reading.
func (r *run) leave(ctx context.Context, err error) error {
	if ctx.Err() != nil && r.Source.Read.Follow {
		err = nil // which is how following ends
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastCommits)
	defer cancel()
	for _, f := range r.flows {
		_, e := r.put(within, f)
		err = errors.Join(err, e)
	}
	return err
}
