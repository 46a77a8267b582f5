//go:build !linux

package parquet

import "os"

// swap puts fresh at dir; what stood there, if anything, is then at old.
func swap(fresh, dir, old string) error { return swapByNames(fresh, dir, old) }

// syncDir makes the names in a folder durable, where the system can.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	f.Sync() // not every system syncs folders, and there is no way to ask
	return nil
}
