//go:build unix

package atomicfile_test

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// A named pipe makes whoever opens it wait for the other end: nothing may open one.
func TestIrregular(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := fifo + ".link"
	symlink(t, fifo, link)
	for _, path := range []string{fifo, link} {
		if _, err := atomicfile.Read(path, 10); !errors.Is(err, atomicfile.ErrIrregular) {
			t.Errorf("Read(%s): %v", path, err)
		}
		if err := atomicfile.Write(path, nil); !errors.Is(err, atomicfile.ErrIrregular) {
			t.Errorf("Write(%s): %v", path, err)
		}
		if err := atomicfile.Remove(path); !errors.Is(err, atomicfile.ErrIrregular) {
			t.Errorf("Remove(%s): %v", path, err)
		}
	}
	if _, err := os.Lstat(fifo); err != nil {
		t.Error(err)
	}
	// A device is only read: a test must not put one at risk.
	if _, err := atomicfile.Read("/dev/zero", 10); !errors.Is(err, atomicfile.ErrIrregular) {
		t.Errorf("Read of a device: %v", err)
	}
}

// The umask takes bits from every file that is made; a token must stay readable.
func TestWriteUmask(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	defer syscall.Umask(syscall.Umask(0o277))
	mustWrite(t, path, "x")
	wantMode(t, path, 0o600)
}

// A limit on the size of files fails a write in the middle, as a full disk does.
func TestWriteDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	mustWrite(t, path, "old")

	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	small := limit
	small.Cur = 4000
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Error(err)
		}
	}()

	if err := atomicfile.Write(path, []byte(strings.Repeat("n", 5000))); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("Write: %v, want %v", err, syscall.EFBIG)
	}
	if err := atomicfile.CheckWritable(path); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("CheckWritable: %v, want %v", err, syscall.EFBIG)
	}
	wantContent(t, path, "old")
	wantNames(t, filepath.Dir(path), "file")
}
