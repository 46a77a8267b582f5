package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tree is what a directory holds: the hash of each file, "folder" for a folder,
// by path.
type tree map[string]string

// stamp tells whether a file may have changed since it was hashed.
type stamp struct {
	info os.FileInfo
	sum  string
}

// reader reads trees, and what it has read already not again.
type reader map[string]stamp

// read returns the tree. A file or folder that vanishes meanwhile is left out.
func (r reader) read(dir string) (tree, error) {
	t := tree{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		if e.IsDir() {
			t[rel] = "folder"
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		was, known := r[rel]
		if !known || !os.SameFile(was.info, info) || was.info.Size() != info.Size() || !was.info.ModTime().Equal(info.ModTime()) {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			was = stamp{info, fmt.Sprintf("%x", sha256.Sum256(b))}
			r[rel] = was
		}
		t[rel] = was.sum
		return nil
	})
	return t, err
}

// final tells whether a path is a name that readers look at, or where a run goes on:
// all but what is staged.
func final(path string) bool {
	for _, p := range strings.Split(path, "/") {
		if p == "_staging" || strings.HasPrefix(p, ".") && p != "." {
			return false
		}
	}
	return true
}

// torn lists the files under final names that are not as the uninterrupted run's of
// those names.
func (t tree) torn(want tree) (list []string) {
	for name, sum := range t {
		if sum == "folder" || !final(name) {
			continue
		}
		if is, there := want[name]; !there {
			list = append(list, name+", which an uninterrupted run does not write")
		} else if is != sum {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// differences lists what is not as in the uninterrupted run, at the end.
func (t tree) differences(want tree) (list []string) {
	for name, sum := range t {
		if want[name] != sum {
			list = append(list, name)
		}
	}
	for name := range want {
		if _, there := t[name]; !there {
			list = append(list, name+", which is not there")
		}
	}
	slices.Sort(list)
	return list
}

// moment is where a kill struck, as what is left tells.
type moment struct {
	staged, unentered, entry, ending bool
}

// where finds out where a kill struck.
func (t tree) where(dir string) (m moment, err error) {
	entered := map[string]bool{}
	for name := range t {
		parts := strings.Split(name, "/")
		at := slices.Index(parts, "_staging")
		switch base := parts[len(parts)-1]; {
		case at >= 0 && at+2 < len(parts) && base == "entry":
			m.entry = true
		case at >= 0 && at+2 < len(parts) && t[name] != "folder":
			m.staged = true
		case strings.HasPrefix(base, "._manifest.json"), strings.HasPrefix(base, "._SUCCESS"):
			m.ending = true
		case base == "_manifest.json":
			if _, there := t[strings.TrimSuffix(name, base)+"_SUCCESS"]; !there {
				m.ending = true
			}
		case strings.Contains(name, "/_chunks/") && strings.HasSuffix(base, ".json"):
			var c struct{ Files, Beside []struct{ Path string } }
			b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err == nil {
				err = json.Unmarshal(b, &c)
			}
			if err != nil {
				return m, fmt.Errorf("%s is not readable: %w", name, err)
			}
			for _, f := range c.Files {
				entered["data/"+f.Path] = true
			}
			for _, f := range c.Beside {
				entered["key/"+f.Path] = true
			}
		}
	}
	for name, sum := range t {
		if sum != "folder" && final(name) && !strings.Contains(name, "/_") && strings.Contains(name, "/") && !entered[name] {
			m.unentered = true
		}
	}
	return m, nil
}
