//go:build !purego

package order

import "unsafe"

// find fills s from a line of at least shortest and at most longest bytes. It is
// findWords, three times as fast by comparing sixteen bytes at once (SSE2, which every amd64 has). The
// build tag purego does without it.
func (s *stops) find(b []byte, delim byte) { find(s, unsafe.SliceData(b), len(b), delim) }

// find is the method find for the n bytes from b on. It reads no others.
//
//go:noescape
func find(s *stops, b *byte, n int, delim byte)
