package kafkatest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWithoutPrometheus(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := filepath.Join(t.TempDir(), "prometheus")
	if err := unpack(dir); err == nil || !strings.Contains(err.Error(), "no apt-get; install it by hand") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder of it is there")
	}
}
