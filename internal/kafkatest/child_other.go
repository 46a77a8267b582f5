//go:build !linux

package kafkatest

import "os/exec"

// follow cannot tie a child's life to its parent's on this system.
func follow(*exec.Cmd) {}
