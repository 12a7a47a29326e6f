//go:build unix

package profile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/profile"
)

// Opening a pipe without a writer blocks.
func TestPipeIsNotOpened(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	env := environment{"AWS_CONFIG_FILE": pipe, "AWS_SHARED_CREDENTIALS_FILE": pipe}
	p, err := profile.Load("", env.use)
	if !errors.Is(err, profile.ErrNotFound) || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("got %+v, %v", p, err)
	}
	_, err = profile.Load("", env.use, func(o *profile.Options) { o.ConfigFile = pipe })
	if err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("error is %v", err)
	}
}

func TestUnreadableFileIsExplained(t *testing.T) {
	dir := t.TempDir()
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	_, err := profile.Load("p", environment{"AWS_CONFIG_FILE": loop, "HOME": dir}.use)
	want := "profile: " + loop + `: profile "p": there is no [profile p]: the file cannot be read: too many levels of symbolic links`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}
