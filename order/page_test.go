//go:build linux

package order

import (
	"syscall"
	"testing"
)

// A record may lie anywhere, also where the bytes before and behind it may not be read.
func TestViewStaysInTheRecord(t *testing.T) {
	page := syscall.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	defer syscall.Munmap(mem)
	for _, i := range []int{0, 2} {
		if err := syscall.Mprotect(mem[i*page:(i+1)*page], syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	mem = mem[page : 2*page : 2*page]
	var at Spans
	check := func(enc Encoding, line []byte) {
		for _, b := range [][]byte{mem[:len(line)], mem[page-len(line):]} {
			copy(b, line)
			var o Order
			enc.(Viewer).View(&o, b, &at)
		}
	}
	for _, enc := range referred {
		for _, delim := range []string{"|", ","} {
			for line := range lines(delim) {
				check(enc, line)
			}
		}
	}
	for end := range JSON.Append(JSON{}, nil, &sample, nil) {
		check(JSON{}, JSON{}.Append(nil, &sample, nil)[:end+1])
	}
}
