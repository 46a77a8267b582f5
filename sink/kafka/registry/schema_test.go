package registry

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order/avro"
)

func TestCompare(t *testing.T) {
	const (
		head = `{"type":"record","name":"Order","namespace":"shop","fields":[`
		a    = `{"name":"a","type":"long"}`
		b    = `{"name":"b","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":2}}`
		c    = `{"name":"c","type":["null","string"]}`
		ours = head + a + "," + b + "," + c + "]}"
	)
	for _, x := range []struct {
		theirs string
		want   []string
	}{
		{ours, nil},
		// Names may be spelled in full, types as objects, and what is said beside does not matter.
		{`{"name":"shop.Order","doc":"d","aliases":["O"],"type":"record","namespace":"elsewhere","fields":[
			{"type":{"type":"long"},"name":"a","default":7,"doc":"the a"},
			{"name":"b","type":{"scale":2,"precision":18,"type":"bytes","logicalType":"decimal"}},
			{"name":"c","type":["null",{"type":"string","avro.java.string":"String"}],"default":null}]}`, nil},
		{head + a + "," + b + "]}", []string{"c is missing"}},
		{head + a + "," + b + "," + c + `,{"name":"d","type":{"type":"array","items":"int"}}]}`, []string{"d (array<int>) is one more"}},
		{head + b + "," + a + "," + c + "]}", []string{"the order of the fields is another: b comes before a"}},
		{head + `{"name":"a","type":{"type":"long","logicalType":"timestamp-micros"}},` + b + "," + c + "]}", []string{"a is long as timestamp-micros, not long"}},
		{head + a + `,{"name":"b","type":{"type":"bytes","logicalType":"decimal","precision":9}},` + c + "]}", []string{"b is bytes as decimal(9,0), not bytes as decimal(18,2)"}},
		{head + a + "," + b + `,{"name":"c","type":["string","null"]}]}`, []string{"c is [string, null], not [null, string]"}},
		{`{"type":"record","name":"Order","fields":[` + a + "," + b + "," + c + "]}", []string{"the record is called Order, not shop.Order"}},
		{head + a + "," + b + `,{"name":"c","type":{"type":"record","name":"C","fields":[{"name":"x","type":"C"}]}}]}`,
			[]string{"c is record shop.C{x shop.C}, not [null, string]"}},
		{head + a + "," + b + `,{"name":"c","type":{"type":"enum","name":"E","symbols":["Y","N"]}}]}`, []string{"c is enum shop.E[Y N], not [null, string]"}},
		{head + a + "," + b + `,{"name":"c","type":{"type":"map","values":{"type":"fixed","name":"F","size":4}}}]}`, []string{"c is map<fixed shop.F(4)>, not [null, string]"}},
	} {
		mine, err := parse(ours)
		theirs, wrong := parse(x.theirs)
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		if got := compare(mine, theirs); !slices.Equal(got, x.want) {
			t.Errorf("%s\n%q, not %q", x.theirs, got, x.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{``, `"string"`, `{`, `{"type":"enum"}`, `[]`, `{"type":"record","fields":[{"type":"int"}]}`, `{"type":"record","fields":[7]}`,
		`{"type":"record","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}`} {
		if r, err := parse(s); err == nil {
			t.Errorf("%s is %+v", s, r)
		}
	}
}

// Whatever a registry has for a schema, it is compared without a panic.
func FuzzCompare(f *testing.F) {
	f.Add((avro.Encoding{}).Schema())
	f.Add((avro.Encoding{Text: true}).Schema())
	f.Add(`{"type":"record","name":"a","fields":[{"name":"x","type":[[],{"type":{"type":[]}},null,7]}]}`)
	ours, err := parse(avro.Encoding{}.Schema())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, schema string) {
		theirs, err := parse(schema)
		if err != nil {
			return
		}
		there, back := compare(ours, theirs), compare(theirs, ours)
		if (len(there) == 0) != (len(back) == 0) {
			t.Errorf("one way they differ in %q, the other way in %q", there, back)
		}
		if fmt.Sprint(theirs) == fmt.Sprint(ours) != (len(there) == 0) {
			t.Errorf("%v and %v differ in %q", theirs, ours, there)
		}
	})
}
