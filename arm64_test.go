package kafkanauts_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// required is kafkatest.Required, which importing would cost this test minutes of
// compiling for another architecture.
const required = "KAFKANAUTS_REQUIRE_KAFKA"

// TestGoldenOnArm64 runs what makes bytes, and what packs them, as programs of
// another architecture, where compilers fuse multiplications with additions, the standard
// library's exponential and logarithm give other bits, and libraries take other ways.
func TestGoldenOnArm64(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Skip("this is arm64")
	}
	if testing.Short() {
		t.Skip("in short, on this architecture only")
	}
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		if os.Getenv(required) == "1" {
			t.Fatal(err)
		}
		t.Skip("qemu-aarch64-static is not installed; install it (Debian: apt-get install qemu-user-static)")
	}
	for _, dir := range []string{".", "sink/compress", "sink/avro", "sink/parquet"} {
		t.Run(dir, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "golden")
			build := exec.Command("go", "test", "-c", "-o", program, ".")
			build.Dir = dir
			build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("building for arm64: %v\n%s", err, out)
			}
			run := exec.Command(qemu, program, "-test.run", "^TestGolden$", "-test.v")
			run.Dir = dir
			out, err := run.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("--- PASS: TestGolden ")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
