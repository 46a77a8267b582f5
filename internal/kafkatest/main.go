package kafkatest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// Main runs the tests, stops the real broker and the schema registry if they started them, says in its
// last lines on standard output what they had to leave out and why, calls the
// functions that clean up, and exits.
func Main(m *testing.M, cleanup ...func()) {
	code := m.Run()
	for _, f := range cleanup {
		f()
	}
	if s := shared.server; s != nil {
		code = max(code, ended(s.Stop()))
	}
	if r := sharedRegistry.registry; r != nil {
		code = max(code, ended(r.Stop()))
	}
	absent.mu.Lock()
	for _, why := range absent.reasons {
		fmt.Println("kafkatest: left out:", why)
	}
	os.Exit(code)
}

// ended returns the exit status that the end of something comes to.
func ended(err error) int {
	if err == nil {
		return 0
	}
	fmt.Println(err)
	return 1
}

// absent collects what the tests had to do without.
var absent struct {
	mu      sync.Mutex
	reasons []string
}

// leaveOut ends the test: skipped, or failed if nothing may be left out.
func leaveOut(t testing.TB, why string) {
	t.Helper()
	why = strings.TrimPrefix(why, "kafkatest: ")
	if required() {
		t.Fatalf("kafkatest: %s (and %s=1 forbids to leave it out)", why, Required)
	}
	absent.mu.Lock()
	known := false
	for _, r := range absent.reasons {
		known = known || r == why
	}
	if !known {
		absent.reasons = append(absent.reasons, why)
	}
	absent.mu.Unlock()
	t.Skip("kafkatest: left out: " + why)
}
