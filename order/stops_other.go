//go:build !amd64 || purego

package order

// find fills s from a line of at least shortest and at most longest bytes.
func (s *stops) find(b []byte, delim byte) { s.findWords(b, delim) }
