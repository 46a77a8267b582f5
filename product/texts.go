package product

import "strings"

// texts is a list of texts in one piece of memory: a list of many thousand
// names takes a quarter of the space of one of strings apart, and what is next
// to be read is more often at hand.
type texts struct {
	all  string
	ends []uint32 // text i lies from ends[i] up to ends[i+1]
}

func newTexts(list []string) texts {
	t := texts{all: strings.Join(list, ""), ends: make([]uint32, 1, len(list)+1)}
	end := uint32(0)
	for _, s := range list {
		end += uint32(len(s))
		t.ends = append(t.ends, end)
	}
	return t
}

func (t *texts) len() int { return len(t.ends) - 1 }

func (t *texts) at(i int) string { return t.all[t.ends[i]:t.ends[i+1]] }
