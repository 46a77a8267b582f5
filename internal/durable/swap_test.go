package durable

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func names(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// A move ends in the same place, whether it takes one step or two.
func TestSwap(t *testing.T) {
	t.Run("one", func(t *testing.T) { testSwap(t, Swap) })
	t.Run("two", func(t *testing.T) { testSwap(t, swapByNames) })
}

func testSwap(t *testing.T, swap func(fresh, dir, old string) error) {
	for _, exists := range []bool{false, true} {
		top := t.TempDir()
		fresh, dir, old := filepath.Join(top, "fresh"), filepath.Join(top, "dir"), filepath.Join(top, "old")
		os.MkdirAll(filepath.Join(fresh, "new"), 0o777)
		if exists {
			os.MkdirAll(filepath.Join(dir, "former"), 0o777)
		}
		if err := swap(fresh, dir, old); err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"new"}) {
			t.Errorf("dir holds %v", got)
		}
		if exists {
			if _, err := os.Stat(old); err != nil {
				old = fresh
			}
			if !slices.Equal(names(t, old), []string{"former"}) {
				t.Error("what stood there is neither at old nor at fresh")
			}
		}
		// If the second rename fails, what stood there comes back.
		if err := swap(filepath.Join(top, "missing"), dir, filepath.Join(top, "old2")); err == nil {
			t.Error("there was nothing to put there, and no error")
		}
		if got := names(t, dir); !slices.Equal(got, []string{"new"}) {
			t.Errorf("after a failure dir holds %v", got)
		}
	}
}
