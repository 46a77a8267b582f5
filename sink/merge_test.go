package sink

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"github.com/kafkanauts/kafkanauts/order/truth"
)

// A part that was torn when its disk was full is merged up to the tear; any other
// part that ends within a row, or is no key, is an error.
func TestMergeKeysTorn(t *testing.T) {
	const header = "partition,offset,seq,copy,strategy,op,field,start,end,by,was\n"
	const rows = "0,0,4,0,p,tagged,,,,,\n0,1,6,0,p,tagged,,,,,\n"
	for _, c := range []struct {
		part   string
		broken bool
		want   string
		err    error
	}{
		{header + rows, false, header + rows, nil},
		{header + rows + "0,2,8,0,p,tag", true, header + rows, nil},
		{header + rows + "0,2,8,0,p,tag", false, "", io.ErrUnexpectedEOF},
		{header + "0,1,x,0,p,tagged,,,,,\n", false, "", errRow},
		{header + "0,1\n", false, "", errRow},
		{header, false, header, nil},
		{"parti", true, header, nil},
		{"", true, header, nil},
	} {
		file, err := newAside(filepath.Join(t.TempDir(), "part"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.file.WriteString(c.part); err != nil {
			t.Fatal(err)
		}
		p := &keyPart{file: file}
		p.out.broken = c.broken
		var b bytes.Buffer
		err = mergeKeys(t.Context(), &output{w: &b}, truth.Offsets, []*keyPart{nil, p})
		if is := err == c.err || c.err == errRow && err != nil; !is || err == nil && b.String() != c.want {
			t.Errorf("%q, broken %v: merged is %q, %v; want %q, %v", c.part, c.broken, &b, err, c.want, c.err)
		}
		if err := file.remove(); err != nil {
			t.Error(err)
		}
	}
}
