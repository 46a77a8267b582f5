package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"strconv"
)

// readWithKcat has a client that shares no code with this module's read the
// topic, too, if it is installed.
func (h *harness) readWithKcat(ctx context.Context, s *scenario) error {
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		return nil
	}
	s.kcat = true
	var differ []int
	for i, want := range h.ref.Parts {
		sum := sha256.New()
		c := exec.CommandContext(ctx, kcat, "-C", "-b", s.brokers, "-t", s.topic(), "-p", strconv.Itoa(i),
			"-o", "beginning", "-e", "-q", "-X", "isolation.level=read_committed")
		c.Stdout = sum
		if err := c.Run(); err != nil {
			return fmt.Errorf("kcat: %w", err)
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != want.Values {
			differ = append(differ, i)
		}
	}
	if len(differ) > 0 {
		s.kcatDiffers = true
		s.fail("kcat reads other records from the partitions %v", differ)
	}
	return nil
}
