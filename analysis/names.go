package analysis

import (
	"slices"
	"strings"
)

// names numbers texts in the order in which they came.
type names struct {
	of map[string]int32
	at []string
}

func (n *names) id(s string) int32 {
	if i, ok := n.of[s]; ok {
		return i
	}
	if n.of == nil {
		n.of = make(map[string]int32)
	}
	s = strings.Clone(s)
	i := int32(len(n.at))
	n.of[s] = i
	n.at = append(n.at, s)
	return i
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
