//go:build (amd64 || arm64) && !race && !msan && !asan && !purego

package order

import "unsafe"

// A text can be put as a block of one size, whatever its length. How long the next
// text is no processor can foresee, and a copy that depends on it costs a wrong guess
// for each. So a block is over bytes from where the text begins: what stands behind it
// comes along, and is overwritten by what is put next. To read so far is
// safe within a page of memory, which can be read as a whole or not at all; no
// bytes of another page are read.

// page is the least size of one.
const page = 4096

// blocky returns whether t can be put as a block.
func blocky(t string) bool {
	at := uintptr(unsafe.Pointer(unsafe.StringData(t))) % page
	return uint(len(t)-1) < over && at <= page-over
}

// block puts t, which is blocky, at n and returns the index behind it.
func (s space) block(n int, t string) int {
	from, to := (*[over / 8]uint64)(unsafe.Pointer(unsafe.StringData(t))), (*[over / 8]uint64)(unsafe.Add(s.base, n))
	// Through registers: as one assignment of arrays, which may overlap for all
	// the compiler knows, it would be a call.
	a, b, c, d := from[0], from[1], from[2], from[3]
	to[0], to[1], to[2], to[3] = a, b, c, d
	return n + len(t)
}
