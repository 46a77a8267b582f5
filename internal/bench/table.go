package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is rows of cells, of which the first is the header. A header that begins
// with '<' has its column aligned to the left; the others are aligned to the right.
type table [][]string

func (t table) write(w io.Writer) {
	left := make([]bool, len(t[0]))
	widths := make([]int, len(t[0]))
	rows := slices.Clone(t)
	rows[0] = slices.Clone(t[0])
	for i, name := range rows[0] {
		rows[0][i], left[i] = strings.CutPrefix(name, "<")
	}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if left[i] {
				line.WriteString(cell + space)
			} else {
				line.WriteString(space + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
