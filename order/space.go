package order

import (
	"encoding/binary"
	"unsafe"
)

// space is memory that is known to have room for all that is put into it:
// nothing is checked against its end. Whoever makes one has seen to it that there
// is, beyond what is put there, as much as over.
type space struct{ base unsafe.Pointer }

// over is how many bytes behind what they put the methods of space may
// overwrite.
const over = 32

// spaceOf returns the memory of dst, from its first byte on.
func spaceOf(dst []byte) space { return space{unsafe.Pointer(unsafe.SliceData(dst))} }

func (s space) byte(n int, c byte) { *(*byte)(unsafe.Add(s.base, n)) = c }

// word puts the eight bytes of w at n, the lowest first.
func (s space) word(n int, w uint64) {
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(s.base, n))[:], w)
}

// pair puts v < 100 at n as two digits.
func (s space) pair(n int, v uint32) { *(*[2]byte)(unsafe.Add(s.base, n)) = hundred[v&127] }

// hundred are the numbers below 100 as two digits each.
var hundred = func() (t [128][2]byte) {
	for v := range t {
		t[v] = [2]byte{byte('0' + v/10%10), byte('0' + v%10)}
	}
	return t
}()

// text puts t at n and returns the index behind it.
func (s space) text(n int, t string) int {
	return n + copy(unsafe.Slice((*byte)(unsafe.Add(s.base, n)), len(t)), t)
}
