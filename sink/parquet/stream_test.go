package parquet_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// oddCountries are hard on paths.
var oddCountries = []string{"Spain", "Côte d'Ivoire/A=1", "100%", "~", "中国", "..", `a\b:c*?"[x]{y}^#`, "%41", "New\tLine"}

// odd is a generator of all fields, some of whose texts are hard on readers.
type odd struct{}

func (odd) Name() string { return "odd" }

func (odd) Generate(d *product.Draw, o *order.Order) {
	o.CustomerID = uint64(d.IntN(500))
	o.CustomerName = fmt.Sprintf(`李 "Wei", Jr. 'Núria' %d`, o.CustomerID)
	o.ProductID, o.ProductName = uint64(d.IntN(50)), "ราเมน, 1/2\\ kg"
	o.Payment, o.Qty, o.Price = order.Payments[d.IntN(4)], 1+d.IntN(9), int64(d.IntN(100_000))
	o.City, o.Site, o.Success = "Ciudad de México", "example.com", d.Chance(0.9)
	if !o.Success {
		o.Reason = `"Insufficient" funds`
	}
}

// stream is some hours of two days, of about so many orders, in three shards.
func stream(t testing.TB, faults corrupt.Mix, n int, enc order.Encoding) *kafkanauts.Stream {
	if testing.Short() {
		n /= 10
	}
	from := time.Date(2022, 1, 31, 20, 0, 0, 0, time.UTC)
	const hours = 8
	var market demand.Market
	for _, c := range oddCountries {
		market = append(market, demand.Segment{Country: c, Category: "Groceries", Curve: demand.Constant(float64(n) / float64(hours*3600*len(oddCountries)))})
	}
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 7, From: from, To: from.Add(hours * time.Hour), Shards: 3,
		Market: market, Generator: odd{}, Faults: faults, Encoding: enc})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// landed is a sink that keeps where the sink before it in a Tee has put records, and their values and orders.
type landed struct {
	mu     sync.Mutex
	values map[order.Place]string
	orders map[order.Place]order.Order
}

func newLanded() *landed {
	return &landed{values: map[order.Place]string{}, orders: map[order.Place]order.Order{}}
}

func (l *landed) Write(_ context.Context, b *sink.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range b.Records {
		r := &b.Records[i]
		l.values[r.At], l.orders[r.At] = string(r.Value), *r.Order
	}
	return nil
}
func (l *landed) Close(context.Context) error  { return nil }
func (l *landed) Shard(int) (sink.Sink, error) { return l, nil }

// readTexts returns the records of a data set with places.
func readTexts(t testing.TB, dir string) map[order.Place]string {
	t.Helper()
	got := map[order.Place]string{}
	for r, err := range parquet.ReadText(dir) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[r.At]; twice || !r.Placed {
			t.Fatalf("two records are at %v", r.At)
		}
		got[r.At] = string(r.Value)
	}
	return got
}

// A data set of texts gives back every record of every stream, in whatever layout.
func TestTextsRoundTrip(t *testing.T) {
	turned := order.Layout{}
	for i := range turned {
		turned[i] = order.Layout{}.At(order.Columns - 1 - i)
	}
	breaks := corrupt.Of(breaker{}, 0.02)
	for name, c := range map[string]struct {
		faults corrupt.Mix
		enc    order.Pipe
	}{
		"clean":           {corrupt.Mix{}, order.Pipe{}},
		"original":        {corrupt.OriginalAt(0.3), order.Pipe{}},
		"rival":           {corrupt.RivalAt(0.3), order.Pipe{}},
		"both, by layout": {append(append(corrupt.OriginalAt(0.2), corrupt.RivalAt(0.2)...), breaks), order.Pipe{Layout: turned}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "orders")
			want := newLanded()
			report, err := stream(t, c.faults, 20_000, c.enc).Run(t.Context(), sink.Tee(&parquet.Sink{Dir: dir, Rows: 3000, Text: true, Places: true}, want))
			if err != nil {
				t.Fatal(err)
			}
			if len(want.values) < 1000 || int64(len(want.values)) != int64(report.Records) {
				t.Fatalf("%d records of %d", len(want.values), report.Records)
			}
			if got := readTexts(t, dir); !maps.Equal(got, want.values) {
				t.Errorf("%d records were written, and %d others read", len(want.values), len(got))
			}
			if folders, _ := os.ReadDir(dir); len(folders) > 12 {
				t.Errorf("%d folders", len(folders))
			}
		})
	}
}

// breaker takes the record out of UTF-8, out of its columns, or out of its line.
type breaker struct{}

func (breaker) Name() string { return "breaker" }

// Corrupt implements corrupt.Strategy.
func (breaker) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	at := r.IntN(e.Len() + 1)
	switch r.IntN(6) {
	case 0:
		return e.Splice(at, at, []byte("|"))
	case 1:
		return e.Splice(at, at, []byte{0xff, 0})
	case 2:
		return e.Splice(0, e.Len(), nil)
	case 3:
		return e.Set(order.Time, "9999-12-31T23:59:59")
	case 4:
		return e.Set(order.Country, "__HIVE_DEFAULT_PARTITION__")
	}
	return e.Set(order.Country, strings.Repeat("/", 300))
}

// A data set of values gives back every order of a clean stream, whatever its encoding and its
// countries are called, and one process makes it to the byte as another does.
func TestValuesRoundTrip(t *testing.T) {
	var first map[string]string
	for _, enc := range []order.Encoding{order.Pipe{}, order.JSON{}} {
		dir := filepath.Join(t.TempDir(), "orders")
		want := newLanded()
		if _, err := stream(t, corrupt.Mix{}, 20_000, enc).Run(t.Context(), sink.Tee(&parquet.Sink{Dir: dir, Rows: 3000}, want)); err != nil {
			t.Fatal(err)
		}
		byID := func(a, b order.Order) int { return cmp.Compare(a.ID, b.ID) }
		written := slices.SortedFunc(maps.Values(want.orders), byID)
		var got []order.Order
		for o, err := range parquet.Read(dir) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, o)
		}
		slices.SortFunc(got, byID)
		if len(got) < 1000 || !slices.Equal(got, written) {
			t.Errorf("%v: %d orders were written, and %d others read", enc, len(written), len(got))
		}
		for _, country := range []string{"Côte d%27Ivoire%2FA%3D1", "100%25", "~", "%2541", "中国"} {
			if _, err := os.Stat(filepath.Join(dir, "country="+country, "dt=2022-01-31")); err != nil {
				t.Error(err)
			}
		}
		files := hashes(t, dir)
		if first == nil {
			first = files
		} else if !maps.Equal(files, first) {
			t.Errorf("%v: %d files, not the %d of another encoding's", enc, len(files), len(first))
		}
	}
}

// The orders of a data set of values are read as lines, too, at their places.
func TestValuesAsTexts(t *testing.T) {
	want := newLanded()
	numbered, plain, placed := filepath.Join(t.TempDir(), "orders"), filepath.Join(t.TempDir(), "orders"), filepath.Join(t.TempDir(), "orders")
	sinks := sink.Tee(sink.Tee(&parquet.Sink{Dir: numbered, Rows: 3000, Places: true}, &parquet.Sink{Dir: plain}), want)
	if _, err := stream(t, corrupt.Mix{}, 20_000, order.Pipe{}).Run(t.Context(), sinks); err != nil {
		t.Fatal(err)
	}
	if got := readTexts(t, numbered); len(got) < 1000 || !maps.Equal(got, want.values) {
		t.Errorf("%d records were written, and %d others read", len(want.values), len(got))
	}
	var got []string
	for r, err := range parquet.ReadText(plain) {
		if err != nil || r.Placed {
			t.Fatal(r.At, err)
		}
		got = append(got, string(r.Value))
	}
	slices.Sort(got)
	if written := slices.Sorted(maps.Values(want.values)); !slices.Equal(got, written) {
		t.Errorf("without places: %d records were written, and %d others read", len(written), len(got))
	}

	data, err := parquet.New(parquet.Config{Dir: placed, Places: true})
	if err != nil {
		t.Fatal(err)
	}
	for at, o := range want.orders {
		if err := data.Write(&o, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readTexts(t, placed); !maps.Equal(got, want.values) {
		t.Errorf("%d records were written at places of a topic, and %d others read", len(want.values), len(got))
	}
}

// The bytes of a data set are a promise, on every architecture: who goes on with one gets
// others if these differ. Then say so in the change log.
func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("in short, the stream is a tenth")
	}
	for name, c := range map[string]struct {
		sink   parquet.Sink
		faults corrupt.Mix
		want   string
	}{
		"values":          {parquet.Sink{Places: true}, corrupt.Mix{}, "c8e0e18a3d8b70fa"},
		"values, snappy":  {parquet.Sink{Compression: parquet.Snappy}, corrupt.Mix{}, "ebf0921bb328e31b"},
		"texts, plain":    {parquet.Sink{Text: true, Compression: parquet.Plain}, corrupt.OriginalAt(0.3), "004db0f0d37dc274"},
		"texts, in files": {parquet.Sink{Text: true, Places: true, Rows: 700}, corrupt.RivalAt(0.3), "d1b11f95f56b3b14"},
	} {
		s := &c.sink
		s.Dir = filepath.Join(t.TempDir(), "orders")
		if _, err := stream(t, c.faults, 5000, order.Pipe{}).Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		files := hashes(t, s.Dir)
		all := sha256.New()
		for _, path := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintln(all, path, files[path])
		}
		if got := fmt.Sprintf("%x", all.Sum(nil)[:8]); got != c.want {
			t.Errorf("%s: %d files: %q, not %q", name, len(files), got, c.want)
		}
	}
}

// hashes returns the hash of each file with rows.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".parquet") {
			var data []byte
			if data, err = os.ReadFile(path); err == nil {
				rel, _ := filepath.Rel(dir, path)
				all[rel] = fmt.Sprintf("%x", sha256.Sum256(data))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A damaged record that does not parse ends a run into values, with an error that says which, why and what to do.
func TestValuesOfDamaged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	_, err := stream(t, corrupt.OriginalAt(0.3), 20_000, order.Pipe{}).Run(t.Context(), &parquet.Sink{Dir: dir})
	var wrong *order.ParseError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	for _, part := range []string{dir, "seq ", "set Text"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("nothing of %q: %v", part, err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if _, err := stream(t, nil, 100, order.CSV{}).Run(t.Context(), &parquet.Sink{Dir: dir, Text: true}); err == nil || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("texts of CSV: %v", err)
	}
}

// A key's partition and offset are a record's shard and its number in it: with them, what was done
// to the records of a data set of texts is undone.
func TestSinkAnswerKey(t *testing.T) {
	dir, path := filepath.Join(t.TempDir(), "orders"), filepath.Join(t.TempDir(), "key.csv")
	faults := corrupt.OriginalAt(0.3)
	key := &sink.TruthFile{Path: path, Form: truth.Offsets}
	if _, err := stream(t, faults, 10_000, order.Pipe{}).Run(t.Context(), sink.Tee(&parquet.Sink{Dir: dir, Text: true, Places: true}, key)); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again.csv") // without the data, which takes no time to speak of
	if _, err := stream(t, faults, 10_000, order.Pipe{}).Run(t.Context(), sink.Tee(sink.Discard(), &sink.TruthFile{Path: again, Form: truth.Offsets})); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(files(t, filepath.Dir(again)), map[string]string{"again.csv": files(t, filepath.Dir(path))["key.csv"], "again.csv.manifest.json": files(t, filepath.Dir(path))["key.csv.manifest.json"]}) {
		t.Error("the key of the same stream, made without the data, is another one")
	}
	clean := newLanded()
	if _, err := stream(t, corrupt.Mix{}, 10_000, order.Pipe{}).Run(t.Context(), sink.Tee(&parquet.Sink{Dir: dir + "-clean"}, clean)); err != nil {
		t.Fatal(err)
	}
	got := readTexts(t, dir)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	undone := 0
	for e, err := range truth.NewReader(file).Records() {
		if err != nil {
			t.Fatal(err)
		}
		value, there := got[e.At]
		if !there {
			t.Fatalf("the key names %v, where nothing is", e.At)
		}
		got[e.At] = string(order.Undo(nil, []byte(value), e.Faults))
		undone++
	}
	if undone < 100 || !maps.Equal(got, clean.values) {
		t.Errorf("undone as the key says, %d records are not those of the clean stream", undone)
	}
}
