package truth_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order/truth"
)

var manifest = truth.Manifest{
	Version: "v1.2.3",
	Recipe:  map[string]string{"seed": "7", "from": "2022-01-31", "generator": "Chain<a, b>"},
	Place:   truth.Files,
	Patterns: []truth.Pattern{{Name: "tacos on Tuesday", Statement: "Tacos are half of Tuesday's groceries.",
		When: []truth.Clause{{Field: "weekday", Values: []string{"Tuesday"}}}, Field: "product_name", Value: "Tacos", Share: 0.5}},
	Totals: truth.Totals{Records: 10, Lost: 1, Bytes: 1700, Damaged: 2,
		Faults: map[string]int64{"mask": 2, "drop": 1}, Tagged: map[string]int64{"tacos on Tuesday": 4}},
	Truth: "aa", Data: map[string]string{"part-00001.csv": "cc", "part-00000.csv": "bb"},
}

func TestManifest(t *testing.T) {
	var b bytes.Buffer
	if err := truth.WriteManifest(&b, &manifest); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "version": "v1.2.3",
  "recipe": {
    "from": "2022-01-31",
    "generator": "Chain<a, b>",
    "seed": "7"
  },
  "place": "file,line",
  "patterns": [
    {
      "name": "tacos on Tuesday",
      "statement": "Tacos are half of Tuesday's groceries.",
      "when": [
        {
          "field": "weekday",
          "values": [
            "Tuesday"
          ]
        }
      ],
      "field": "product_name",
      "value": "Tacos",
      "share": 0.5
    }
  ],
  "totals": {
    "records": 10,
    "lost": 1,
    "bytes": 1700,
    "damaged": 2,
    "faults": {
      "drop": 1,
      "mask": 2
    },
    "tagged": {
      "tacos on Tuesday": 4
    }
  },
  "truth_sha256": "aa",
  "data": {
    "part-00000.csv": "bb",
    "part-00001.csv": "cc"
  }
}
`
	if b.String() != want {
		t.Errorf("the manifest is\n%s\nnot\n%s", &b, want)
	}
	got, err := truth.ReadManifest(&b)
	if err != nil || !reflect.DeepEqual(*got, manifest) {
		t.Errorf("read: %+v, %v\nwritten: %+v", got, err, manifest)
	}
}

func TestManifestOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := truth.WriteManifest(&b, &truth.Manifest{}); err != nil || strings.Contains(b.String(), "null") {
		t.Errorf("%v: a zero manifest has a null, where readers look for a list:\n%s", err, &b)
	}
	if err := truth.WriteManifest(&b, &truth.Manifest{Place: 9}); err == nil {
		t.Error("a manifest of a form that does not exist is written")
	}
	for _, bad := range []string{"", "{", `{"place":"row"}`, "{}{}", `{"totals":{"records":-1e99}}`} {
		if m, err := truth.ReadManifest(strings.NewReader(bad)); err == nil || !strings.HasPrefix(err.Error(), "truth: ") {
			t.Errorf("ReadManifest of %q returns %+v, %v", bad, m, err)
		}
	}
	if err := truth.WriteManifest(failing{}, &manifest); !errors.Is(err, errFull) {
		t.Errorf("the writer's error is lost: %v", err)
	}
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

// The sum of the parts is the whole, and keeps nothing of them.
func TestTotalsAdd(t *testing.T) {
	var sum truth.Totals
	part := truth.Totals{Records: 1, Lost: 2, Bytes: 3, Damaged: 4, Faults: map[string]int64{"a": 5}, Tagged: map[string]int64{"b": 6}}
	sum.Add(&part)
	sum.Add(&part)
	sum.Add(&truth.Totals{})
	part.Faults["a"] = 100
	want := truth.Totals{Records: 2, Lost: 4, Bytes: 6, Damaged: 8, Faults: map[string]int64{"a": 10}, Tagged: map[string]int64{"b": 12}}
	if !reflect.DeepEqual(sum, want) {
		t.Errorf("the sum is %+v, not %+v", sum, want)
	}
}
