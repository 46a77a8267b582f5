package kafkanauts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// required is kafkatest.Required, which importing would cost this test minutes of
// compiling for another architecture.
const required = "KAFKANAUTS_REQUIRE_KAFKA"

// TestGoldenOnArm64 runs TestGolden as a program of another architecture, where
// compilers fuse multiplications with additions and the standard library's
// exponential and logarithm give other bits.
func TestGoldenOnArm64(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Skip("this is arm64")
	}
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		if os.Getenv(required) == "1" {
			t.Fatal(err)
		}
		t.Skip("qemu-aarch64-static is not installed; install it (Debian: apt-get install qemu-user-static)")
	}
	program := filepath.Join(t.TempDir(), "golden")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building for arm64: %v\n%s", err, out)
	}
	out, err := exec.Command(qemu, program, "-test.run", "^TestGolden$", "-test.v").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
