//go:build !linux || !(amd64 || arm64)

package durable

import "runtime"

// foldersSync says whether the system syncs folders; of others than Linux there is no way
// to ask.
const foldersSync = runtime.GOOS == "linux"

// Swap puts the folder fresh at dir; what stood there, if anything, is then at old.
func Swap(fresh, dir, old string) error { return swapByNames(fresh, dir, old) }
