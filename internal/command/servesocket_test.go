package command

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestServeSocketIsPrivate: other users can neither connect to the socket nor reach it.
func TestServeSocketIsPrivate(t *testing.T) {
	unixOnly(t)
	path := filepath.Join(t.TempDir(), "new", "socket")
	for _, step := range []string{"first", "after a kill"} {
		l, err := listenUnix(t.Context(), path)
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		for file, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %s: %v, %v, want %v", step, file, info, err, want)
			}
		}
		if other, err := listenUnix(t.Context(), path); err == nil {
			other.Close()
			t.Errorf("%s: two servers listen on one socket", step)
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		l.Close()
	}
}
