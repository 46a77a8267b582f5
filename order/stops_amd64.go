//go:build !purego

package order

import "unsafe"

// find is findWords with what every amd64 has (SSE2), which is three times as fast.
func (s *stops) find(b []byte, delim byte) { find(s, unsafe.SliceData(b), len(b), delim) }

// find is the method find for the n bytes from b on. It reads no others.
//
//go:noescape
func find(s *stops, b *byte, n int, delim byte)
