//go:build !(amd64 || arm64) || race || msan || asan || purego

package order

// Where memory is watched, or its pages are not known, no text is put as a block.

func blocky(string) bool { return false }

func (s space) block(n int, t string) int { return s.text(n, t) }
