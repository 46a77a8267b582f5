package analysis

import (
	"slices"
	"strings"
)

// names numbers texts, told apart by their hashes, in the order in which they
// came.
type names struct {
	of counts // by hash: the number and one
	at []string
}

func (n *names) id(s string) int32 { return n.idOf(hashOfText(s), s) }

// idOf is id for a text with the hash h.
func (n *names) idOf(h uint64, s string) int32 {
	e := n.of.at(h)
	if e.n == 0 {
		n.at = append(n.at, strings.Clone(s))
		e.n = int64(len(n.at))
	}
	return int32(e.n - 1)
}

// look returns the number of a text, or -1 if it never came.
func (n *names) look(s string) int32 {
	if e := n.of.look(hashOfText(s)); e != nil {
		return int32(e.n - 1)
	}
	return -1
}

// into returns the numbers in to of the texts of n.
func (n *names) into(to *names) []int32 {
	ids := make([]int32, len(n.at))
	for i, s := range n.at {
		ids[i] = to.id(s)
	}
	return ids
}

// sorted returns the numbers in the order of their texts, so that nothing
// depends on the order in which they came.
func (n *names) sorted() []int32 {
	ids := make([]int32, len(n.at))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortFunc(ids, func(a, b int32) int { return strings.Compare(n.at[a], n.at[b]) })
	return ids
}
