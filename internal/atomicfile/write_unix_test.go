//go:build unix

package atomicfile_test

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestIrregular hangs if a named pipe is opened: open blocks until the other end is open.
func TestIrregular(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := fifo + ".link"
	symlink(t, fifo, link)
	for _, path := range []string{fifo, link} {
		if _, err := atomicfile.Read(t.Context(), path, 10); !errors.Is(err, atomicfile.ErrIrregular) {
			t.Errorf("Read(%s): %v", path, err)
		}
		if err := atomicfile.Write(t.Context(), path, nil); !errors.Is(err, atomicfile.ErrIrregular) {
			t.Errorf("Write(%s): %v", path, err)
		}
		if err := atomicfile.Remove(t.Context(), path); !errors.Is(err, atomicfile.ErrIrregular) {
			t.Errorf("Remove(%s): %v", path, err)
		}
	}
	if _, err := os.Lstat(fifo); err != nil {
		t.Error(err)
	}
	// Only Read is safe to try on a device.
	if _, err := atomicfile.Read(t.Context(), "/dev/zero", 10); !errors.Is(err, atomicfile.ErrIrregular) {
		t.Errorf("Read of a device: %v", err)
	}
}

// TestWriteUmask: the mode of new files does not depend on the umask.
func TestWriteUmask(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	defer syscall.Umask(syscall.Umask(0o277))
	mustWrite(t, path, "x")
	filetest.WantMode(t, path, 0o600)
}

// TestWriteDiskFull uses a file size limit, which makes a write fail in the middle like a full
// disk. A child process sets it, since the testing package writes files too.
func TestWriteDiskFull(t *testing.T) {
	const variable = "ATOMICFILE_DISK_FULL"
	if os.Getenv(variable) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriteDiskFull$", "-test.v")
		cmd.Env = append(os.Environ(), variable+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "file")
	mustWrite(t, path, "old")

	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4000, Max: 4000}); err != nil {
		t.Fatal(err)
	}

	if err := atomicfile.Write(t.Context(), path, []byte(strings.Repeat("n", 5000))); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("Write: %v, want %v", err, syscall.EFBIG)
	}
	if err := atomicfile.CheckWritable(t.Context(), path); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("CheckWritable: %v, want %v", err, syscall.EFBIG)
	}
	filetest.Want(t, path, "old")
	filetest.WantNames(t, filepath.Dir(path), "file")
}

func TestReadPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	filetest.Write(t, path, "secret")
	if data, err := atomicfile.ReadPrivate(t.Context(), path, 10); string(data) != "secret" || err != nil {
		t.Errorf("ReadPrivate = %q, %v", data, err)
	}
	if _, err := atomicfile.ReadPrivate(t.Context(), path, 5); !errors.Is(err, atomicfile.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.ReadPrivate(t.Context(), path, 10); !errors.Is(err, atomicfile.ErrNotPrivate) || !strings.Contains(err.Error(), path) {
		t.Errorf("mode 0644: %v", err)
	}
}
