package avro_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/avro"
)

// group is what is said of the orders of one country and day.
type group struct{ Rows, Cents, Qty, Failed, IDs int64 }

// seen is what testdata/readers.py says of a directory.
type seen struct {
	Records, Corrupt, Nulls int
	Lines                   string
	Groups                  map[string]group
	Codecs                  []string
	Types                   map[string]string
}

// Another people's reader sees what was written, in each codec, typed and text:
// counts, sums, types, and every value. It needs python3 with fastavro and backports.zstd,
// and says so where they are missing.
func TestReaders(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the files were not shown to another reader")
	}
	if exec.Command(python, "-c", "import fastavro, backports.zstd").Run() != nil {
		t.Skip("Python's fastavro and backports.zstd are not installed: the files were not shown to them")
	}
	types := map[string]string{}
	for f := order.ID; f < order.NumFields; f++ {
		types[f.String()] = map[order.Kind]string{order.Text: "str", order.Identity: "int", order.Whole: "int", order.Money: "Decimal",
			order.Instant: "datetime", order.Flag: "bool"}[f.Kind()]
	}
	for _, codec := range codecs {
		for _, text := range []bool{false, true} {
			c := avro.Container{Codec: codec, Text: text, Records: 300}
			t.Run(c.String(), func(t *testing.T) {
				faults := corrupt.Mix{}
				want := seen{Codecs: []string{codec.String()}, Groups: map[string]group{}, Types: map[string]string{}}
				if text {
					faults = damage
				} else {
					want.Types = types
				}
				dir, values, orders := write(t, stream(t, order.Pipe{}, faults), c)
				sum := sha256.New()
				want.Records = len(values)
				for i, v := range values {
					fmt.Fprintf(sum, "%s\n", v)
					if text {
						if !whole(v) {
							want.Corrupt++
						}
						continue
					}
					o := &orders[i]
					name := o.Country + " " + o.Time.Format("2006-01-02")
					g := want.Groups[name]
					g.Rows++
					g.Cents += o.Price
					g.Qty += int64(o.Qty)
					g.IDs += int64(o.ID % 1000003)
					if !o.Success {
						g.Failed++
					}
					want.Groups[name] = g
				}
				want.Lines = hex.EncodeToString(sum.Sum(nil))
				if text == (want.Corrupt == 0) || !text && len(want.Groups) < 2 {
					t.Fatalf("the stream shows too little: %+v", want)
				}
				out, err := exec.Command(python, filepath.Join("testdata", "readers.py"), dir).Output()
				if e, ok := err.(*exec.ExitError); ok {
					t.Fatalf("%v\n%s", err, e.Stderr)
				} else if err != nil {
					t.Fatal(err)
				}
				var got seen
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("fastavro sees\n%+v, which is\n%+v", got, want)
				}
			})
		}
	}
}
