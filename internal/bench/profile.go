package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
)

// profiles runs every contender once more, four times as long, under the
// profiler: in the rounds it would disturb what is measured.
func profiles(all []*contender, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, c := range all {
		if err := c.profile(filepath.Join(dir, strings.ReplaceAll(c.Name, "/", "-")+".pprof")); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

func (c *contender) profile(path string) error {
	n := 4 * c.n
	if err := c.job.Prepare(n); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = c.job.Run(n)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	return f.Close()
}
