package atomicfile_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/atomicfile/faulttest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestLateFailure: Write and CheckWritable detect errors that show only on sync or close, as with
// quotas and network file systems.
func TestLateFailure(t *testing.T) {
	const variable = "ATOMICFILE_LATE_FAILURE"
	calls := map[string]uintptr{"fsync": syscall.SYS_FSYNC, "close": syscall.SYS_CLOSE}
	if name := os.Getenv(variable); name != "" {
		lateFailure(t, calls[name])
		return
	}
	for name := range calls {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLateFailure$", "-test.v")
			cmd.Env = append(os.Environ(), variable+"="+name)
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func lateFailure(t *testing.T, number uintptr) {
	path := filepath.Join(t.TempDir(), "file")
	mustWrite(t, path, "old")
	if err := faulttest.Fail(number, syscall.EDQUOT); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Write":         atomicfile.Write(context.Background(), path, []byte("new")),
		"CheckWritable": atomicfile.CheckWritable(context.Background(), path),
	} {
		if !errors.Is(err, syscall.EDQUOT) {
			t.Errorf("%s: %v, want %v", name, err, syscall.EDQUOT)
		}
	}
	filetest.Want(t, path, "old")
	filetest.WantNames(t, filepath.Dir(path), "file")
}
