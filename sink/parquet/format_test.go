package parquet

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/kafkanauts/kafkanauts/order"
)

// Escaping is undone by unescaping, and what is escaped is one harmless name in a path.
func TestEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "value")
		e := escape(s)
		if s == nullName {
			return
		}
		if got := unescape(e); got != s {
			t.Fatalf("%q is escaped as %q and comes back as %q", s, e, got)
		}
		if s != "" && len(e) != escapedLen(s) {
			t.Fatalf("%q has %d bytes, not %d", e, len(e), escapedLen(s))
		}
		if strings.ContainsAny(e, "/='\x00\n\\") || filepath.Base("country="+e) != "country="+e {
			t.Fatalf("%q is no name in a path", e)
		}
	})
	for s, want := range map[string]string{
		"Côte d'Ivoire/A=1": "Côte d%27Ivoire%2FA%3D1",
		"United States":     "United States",
		"中国":                "中国",
		"100%":              "100%25",
		"":                  nullName,
	} {
		if got := escape(s); got != want {
			t.Errorf("escape(%q) is %q, not %q", s, got, want)
		}
	}
	for s, want := range map[string]string{"%": "%", "%4": "%4", "%zz": "%zz", "%4a": "J", "%4A%": "J%"} {
		if got := unescape(s); got != want {
			t.Errorf("unescape(%q) is %q, not %q", s, got, want)
		}
	}
}

// The footer says of each column what old readers demand, in the first file of a
// writer and in those after it, the partition columns are not in the file, and every group's statistics are there.
func TestFooter(t *testing.T) {
	for _, places := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "orders")
		write(t, Config{Dir: dir, Places: places}, sample(100))
		columns := 15
		if places {
			columns = 17
		}
		seen := 0
		for _, name := range names(t, dir) {
			if !strings.HasSuffix(name, ".parquet") {
				continue
			}
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := pq.OpenFile(strings.NewReader(string(data)), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			meta := f.Metadata()
			if len(meta.Schema) != columns+1 || len(meta.RowGroups) != 1 {
				t.Fatalf("%s has %d columns and %d groups", name, len(meta.Schema)-1, len(meta.RowGroups))
			}
			for _, s := range meta.Schema[1:] {
				if s.TypeLength.Valid {
					t.Errorf("%s: column %s has a type length", name, s.Name)
				}
				if s.Name == "country" || s.Name == "dt" {
					t.Errorf("%s: column %s stands in the path already", name, s.Name)
				}
			}
			for i, c := range meta.RowGroups[0].Columns {
				if path := c.MetaData.PathInSchema; len(path) != 1 || path[0] != meta.Schema[i+1].Name {
					t.Errorf("%s: column %s is called %q", name, meta.Schema[i+1].Name, path)
				}
				if c.MetaData.Statistics.MinValue == nil || c.MetaData.Statistics.MaxValue == nil {
					t.Errorf("%s: column %v has no statistics", name, c.MetaData.PathInSchema)
				}
			}
			seen++
		}
		if seen == 0 {
			t.Fatal("there are no files")
		}
	}
}

// An encoder makes of the same rows the same bytes, whatever it made before.
func TestEncoderForgets(t *testing.T) {
	for name, c := range map[string]func() columns{
		"values": func() columns { return typedColumns(numberedSchema) },
		"texts":  func() columns { return textColumns(order.Pipe{}, true) },
	} {
		var m memory
		rows := func(orders []order.Order) *buffer {
			b := &buffer{}
			for i, o := range orders {
				var at int
				b.blocks, at = m.place(b.blocks, i)
				if place := (order.Place{Partition: 1, Offset: int64(i)}); name == "texts" {
					b.blocks[len(b.blocks)-1].setRecord(at, order.Pipe{}.Append(nil, &o, nil), i%9 == 0, place)
				} else {
					b.blocks[len(b.blocks)-1].setOrder(at, &o, place)
				}
				b.rows++
			}
			return b
		}
		few, many := rows(sample(100)), rows(sample(3000))
		encode := func(e *encoder, b *buffer) []byte {
			data, err := e.encode(b.each)
			if err != nil {
				t.Fatal(err)
			}
			return bytes.Clone(data)
		}
		var fresh, used encoder
		fresh.init(Zstd, c())
		used.init(Zstd, c())
		want := encode(&fresh, few)
		encode(&used, many)
		for range 2 {
			if got := encode(&used, few); !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, and %d of a fresh encoder", name, len(got), len(want))
			}
		}
	}
}
