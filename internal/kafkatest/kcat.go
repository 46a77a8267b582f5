package kafkatest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

var kcat = sync.OnceValues(func() (string, error) {
	if path, err := exec.LookPath("kcat"); err == nil {
		return path, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return "", fmt.Errorf("kcat is not installed; install it (Debian: apt-get install kcat)")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for _, args := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", "kcat"}} {
		c := exec.Command(apt, append([]string{"-q"}, args...)...)
		c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if said, err := output(ctx, c); err != nil {
			return "", fmt.Errorf("kcat is not installed, and apt-get %s: %v\n%s", args[0], err, tail(said, 10))
		}
	}
	return exec.LookPath("kcat")
})

// Kcat returns the path of kcat, a client that shares no code with this module's
// own. On a Debian system it is installed if root runs the test; if it cannot be
// had, the test is skipped.
func Kcat(t testing.TB) string {
	t.Helper()
	path, err := kcat()
	if err != nil {
		leaveOut(t, err.Error())
	}
	return path
}
