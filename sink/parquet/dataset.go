// Package parquet writes orders as a Hive-partitioned Parquet data set, and reads
// one back:
//
//	DIR/country=Spain/dt=2022-01-31/part-00000-orders.parquet
//	DIR/_SUCCESS
//
// Sink is where a stream goes, Dataset what a program writes order by order, and
// Growing what takes up a topic for ever.
//
// The partition columns country and dt (the UTC date of datetime) stand in the
// path alone; the fifteen other fields are columns of the files, under their
// names on the wire. Ids and quantities are INT64, price is DECIMAL(18,2),
// datetime is a TIMESTAMP in microseconds of UTC, payment_txn_success a BOOLEAN, the rest are UTF-8
// strings; nothing is null. A Sink can also hold damaged records, as texts.
//
// Spark, DuckDB, PyArrow, Polars and Hive's metastore take the partition columns
// from the path. Hive's own old SerDe (2.x) reads everything but decimals and
// timestamps over INT64, which it reads from no writer.
package parquet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
)

// Config says where and how a data set is written. Its zero value lacks only
// Dir.
type Config struct {
	// Dir is the folder that will be the data set. It may be missing, empty, or
	// a data set of this package, which Close then replaces; anything else is
	// refused. Its parent must be writable and on the same file system, so Dir
	// cannot be a mount point.
	Dir string
	// RowGroup is how many rows a part file holds at most; a file is one row
	// group. 0: 262,144.
	RowGroup int
	// Buffer is how many rows are held in memory, over all partitions. When it is full,
	// the largest partition is written, so that with P partitions a part file has at
	// least Buffer/P rows unless it is its partition's last. A row takes
	// 120 bytes and its texts. 0: 524,288.
	Buffer int
	// Compression is that of the pages. The zero value is Zstd.
	Compression Compression
	// Name ends the names of the part files, which tells apart the files of data
	// sets that somebody puts together: part-00000-NAME.parquet. Letters, digits, dots, hyphens
	// and underscores. Empty: "orders".
	Name string
	// Places adds the columns kafka_partition (INT32) and kafka_offset (INT64).
	Places bool
}

// Compression is a codec of Parquet pages.
type Compression uint8

// The codecs, all of which common readers know.
const (
	Zstd   Compression = iota // small, and fast to read
	Snappy                    // faster to write, larger
	Plain                     // no compression
)

// String returns the codec's name.
func (c Compression) String() string {
	switch c {
	case Zstd:
		return "zstd"
	case Snappy:
		return "snappy"
	case Plain:
		return "plain"
	}
	return fmt.Sprintf("compression(%d)", uint8(c))
}

// Dataset is a data set that is being written. Until Close returns nil nothing
// of it stands under its name: everything is written to a folder beside it, called
// .NAME.partial-…, which Close or Abort removes and only a killed process leaves behind.
// One goroutine at a time may use a Dataset.
type Dataset struct {
	cfg     Config
	dir     string // Dir, links resolved
	staging string // holds what is on its way
	create  func(path string) (file, error)

	parts  map[partition]*buffer
	order  []*buffer // in the order of their first rows
	last   *buffer   // where the last row went
	memory memory
	held   int // rows in memory
	enc    encoder

	rows  int64
	files int
	aside []string
	open  []file // those of aside
	err   error  // why no more can be written
	ended bool
}

// file is what a Dataset needs of an os.File.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

var errClosed = errors.New("sink/parquet: the data set is closed")

// New checks the Config and makes the folder in which the data set is
// written aside. What stands at Dir is left as it is.
func New(cfg Config) (*Dataset, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("sink/parquet: %w", err)
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := replaceable(dir); err != nil {
		return nil, err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return nil, fmt.Errorf("sink/parquet: %w", err)
	}
	staging, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".partial-")
	if err != nil {
		return nil, fmt.Errorf("sink/parquet: %w", err)
	}
	d := &Dataset{
		cfg:     cfg,
		dir:     dir,
		staging: staging,
		create:  func(path string) (file, error) { return os.Create(path) },
		parts:   map[partition]*buffer{},
	}
	if err := os.Mkdir(d.path(), 0o777); err != nil {
		os.RemoveAll(staging)
		return nil, fmt.Errorf("sink/parquet: %w", err)
	}
	columns := rowSchema
	if cfg.Places {
		columns = placedSchema
	}
	d.enc.init(cfg.Compression, typedColumns(columns))
	return d, nil
}

// complete puts defaults in place of zeros and returns everything that is wrong.
func (c *Config) complete() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("sink/parquet: "+format, args...)) }
	if c.Dir == "" {
		wrong("Config.Dir is empty; name the folder of the data set")
	}
	if c.RowGroup < 0 || c.Buffer < 0 {
		wrong("Config.RowGroup (%d) and Config.Buffer (%d) must not be negative", c.RowGroup, c.Buffer)
	}
	if c.RowGroup == 0 {
		c.RowGroup = 1 << 18
	}
	if c.Buffer == 0 {
		c.Buffer = 1 << 19
	}
	if c.Compression > Plain {
		wrong("Config.Compression is %v; it must be Zstd, Snappy or Plain", c.Compression)
	}
	if c.Name == "" {
		c.Name = "orders"
	}
	if !nameable(c.Name) {
		wrong("Config.Name is %q; it must be up to 100 letters, digits, dots, hyphens or underscores", c.Name)
	}
	return errors.Join(errs...)
}

// nameable tells whether a name may be part of files' names.
func nameable(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == "" && len(name) <= 100
}

// path joins names to the folder that will be the data set.
func (d *Dataset) path(names ...string) string {
	return filepath.Join(append([]string{d.staging, "data"}, names...)...)
}

// Write adds an order, which it copies; at is kept only with Config.Places. An
// order that a data set cannot carry is refused with a *ValueError and leaves
// the data set as it was, so that the caller may go on. After any other error
// nothing can be published any more.
func (d *Dataset) Write(o *order.Order, at order.Place) error {
	if d.err != nil {
		return d.err
	}
	p, err := check(o)
	if err != nil {
		return err
	}
	b, err := d.buffer(p)
	if err != nil {
		return err
	}
	d.last = b
	rows, i := b.add(d)
	rows.setOrder(i, o, at)
	d.held++
	d.rows++
	if b.rows >= d.cfg.RowGroup {
		return d.fail(d.flush(b))
	}
	if d.held >= d.cfg.Buffer {
		return d.fail(d.flush(d.largest()))
	}
	return nil
}

func (d *Dataset) fail(err error) error {
	if err != nil {
		d.err = fmt.Errorf("sink/parquet: %w", err)
	}
	return d.err
}

// Aside creates a file of the caller's beside the partitions, to be published
// with them: rejects, for instance. Its name begins with an underscore or a dot,
// so that readers of the data set ignore it. The Dataset syncs and closes it.
func (d *Dataset) Aside(name string) (io.Writer, error) {
	if d.err != nil {
		return nil, d.err
	}
	if !ignored(name) || name != filepath.Base(name) || name == "." || name == ".." || name == markName || slices.Contains(d.aside, name) {
		return nil, fmt.Errorf("sink/parquet: %q cannot stand beside the data: a name must begin with _ or ., be no path, be used once, and not be %s", name, markName)
	}
	f, err := d.create(d.path(name))
	if err != nil {
		return nil, d.fail(err)
	}
	d.aside = append(d.aside, name)
	d.open = append(d.open, f)
	return f, nil
}

// Rows returns how many orders were written so far.
func (d *Dataset) Rows() int64 { return d.rows }

// Close writes what is still in memory and publishes the data set: all files are
// synced, then the whole takes the place of what stood at Dir, on Linux in one atomic step.
// After a failed Write, or if it fails itself, it publishes nothing, removes what was written and returns why;
// only if the very last step fails are the files kept, and the error says where. Closed again it
// returns what it returned before.
func (d *Dataset) Close() error {
	if d.ended {
		if d.err == errClosed {
			return nil
		}
		return d.err
	}
	d.ended = true
	if d.err == nil {
		d.finish()
	} else {
		d.discard()
	}
	if d.err == nil {
		d.err = errClosed
		return nil
	}
	return d.err
}

// Abort removes what was written and leaves what stands at Dir as it is. After
// Close it does nothing, so it may be deferred.
func (d *Dataset) Abort() {
	if !d.ended {
		d.ended = true
		d.discard()
		if d.err == nil {
			d.err = errors.New("sink/parquet: the data set was aborted")
		}
	}
}

func (d *Dataset) discard() {
	for _, f := range d.open {
		f.Close()
	}
	d.open, d.parts, d.order, d.last, d.memory = nil, nil, nil, nil, memory{}
	os.RemoveAll(d.staging)
}
