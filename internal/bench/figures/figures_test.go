package figures

import (
	"bytes"
	"regexp"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

func load(t *testing.T) *Orders {
	t.Helper()
	x, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(x.orders) != prebuilt {
		t.Fatalf("%d orders in the place of %d", len(x.orders), prebuilt)
	}
	return x
}

// Every figure does any number of operations, one call after the other, and its
// yardsticks are figures as well.
func TestFigures(t *testing.T) {
	x := load(t)
	all := All()
	var names []string
	for _, f := range all {
		if slices.Contains(names, f.Name) {
			t.Errorf("two figures are called %s", f.Name)
		}
		names = append(names, f.Name)
	}
	for _, f := range all {
		if !regexp.MustCompile(`^[a-z][a-z0-9/=-]*[a-z]$`).MatchString(f.Name) {
			t.Errorf("%q is no name of a benchmark that reads back", f.Name)
		}
		for _, g := range f.Goals {
			for _, term := range g.Against {
				if !slices.Contains(names, term.Name) || term.Name == f.Name {
					t.Errorf("%s has the yardstick %s", f.Name, term.Name)
				}
			}
			if g.AtMost > 0 && g.AtLeast > 0 {
				t.Errorf("%s has a goal of two bounds", f.Name)
			}
		}
		job, err := f.Setup(x)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		ns := []int{1, 2, 1000, prebuilt + 1}
		if f.Name == "sort" {
			ns = ns[:2]
		}
		for _, n := range ns {
			if err := job.Prepare(n); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
			if err := job.Run(n); err != nil {
				t.Errorf("%s, %d operations: %v", f.Name, n, err)
			}
		}
		if err := job.End(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// The yardsticks do what they are a yardstick of: fmt.Fprintf writes the lines
// that Pipe writes, and encoding/csv reads the orders back that they were made of.
func TestYardsticksAgree(t *testing.T) {
	x := load(t)
	var b bytes.Buffer
	for i := range x.orders {
		printed(&b, &x.orders[i])
	}
	if !bytes.Equal(b.Bytes(), x.lines.text) {
		t.Error("fmt.Fprintf writes other lines than order.Pipe")
	}
	for i := range x.orders {
		var cells []string
		for cell := range bytes.SplitSeq(x.lines.text[x.lines.ends[i]:x.lines.ends[i+1]-1], []byte("|")) {
			cells = append(cells, string(cell))
		}
		var o order.Order
		if err := typed(&o, cells); err != nil || o != x.orders[i] {
			t.Fatalf("order %d reads back as %+v, %v; want %+v", i, o, err, x.orders[i])
		}
	}
}

func TestGoalMet(t *testing.T) {
	for _, c := range []struct {
		goal Goal
		v    float64
		want bool
	}{
		{Goal{AtMost: 2}, 2, true},
		{Goal{AtMost: 2}, 2.1, false},
		{Goal{AtLeast: 2}, 2, true},
		{Goal{AtLeast: 2}, 1.9, false},
		{Goal{}, 100, true},
	} {
		if got := c.goal.Met(c.v); got != c.want {
			t.Errorf("%+v met by %v: %v", c.goal, c.v, got)
		}
	}
	if got := (Sum{{1, "a"}, {1.2, "b"}}).String(); got != "a + 1.2 b" {
		t.Errorf("the sum reads %q", got)
	}
}
