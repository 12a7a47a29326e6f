//go:build unix

package tokencache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const otherUser = 65534

// TestRootKeepsOwner: files that root creates in the home directory of a user belong to that user.
func TestRootKeepsOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can change the owner of a file")
	}
	home := t.TempDir()
	if err := os.Chown(home, otherUser, otherUser); err != nil {
		t.Fatal(err)
	}
	dir := tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache"))
	mustStore(t, dir, "s", cliToken())
	mustStore(t, dir, "s", cliToken())
	unlock, err := dir.Lock(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := dir.StoreNote(t.Context(), "s", "rt", tokencache.RefreshNote{At: time.Unix(1e9, 0), Outcome: tokencache.RefreshRejected}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.Walk(home, func(path string, info os.FileInfo, err error) error {
		seen++
		if st := info.Sys().(*syscall.Stat_t); st.Uid != otherUser || st.Gid != otherUser {
			t.Errorf("%s belongs to %d:%d", path, st.Uid, st.Gid)
		}
		return err
	})
	if err != nil || seen != 7 {
		t.Errorf("%d files and directories, %v", seen, err)
	}
}

// TestPlanted: in a directory that others can write to, files and links of other users are rejected.
func TestPlanted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can change the owner of a file")
	}
	root := t.TempDir()
	dir := tokencache.Dir(filepath.Join(root, "cache"))
	mustStore(t, dir, "s", cliToken())
	if err := dir.CheckPrivate(t.Context()); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(string(dir), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := dir.CheckPrivate(t.Context()); err == nil {
		t.Error("CheckPrivate accepted a world-writable directory")
	}
	if err := os.Chown(dir.Path("s"), otherUser, otherUser); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, dir, "owned by another user, in a directory that others can write to")

	victim, link := filepath.Join(root, "victim"), dir.Path("linked")
	filetest.Write(t, victim, "mine")
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(link, otherUser, otherUser); err != nil {
		t.Fatal(err)
	}
	if err := dir.Store(t.Context(), "linked", cliToken()); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("Store over a planted link: %v", err)
	}
	filetest.Want(t, victim, "mine")
}

// TestLockSymlink: links to the same file share a lock.
func TestLockSymlink(t *testing.T) {
	root := t.TempDir()
	a, b := tokencache.Dir(filepath.Join(root, "a")), tokencache.Dir(filepath.Join(root, "b"))
	mustStore(t, a, "other", cliToken())
	mustStore(t, b, "s", cliToken())
	if err := os.Symlink(b.Path("s"), a.Path("s")); err != nil {
		t.Fatal(err)
	}
	unlock, err := a.Lock(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock: %v, want %v", err, context.DeadlineExceeded)
	}
}

// TestSweep: temporary files of all tools are removed, since they may hold a token.
func TestSweep(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	base := filepath.Base(dir.Path("s"))
	for _, name := range []string{"." + base + ".12.tmp", base + ".tmp-17", "tmpabcd_123.tmp", "keep.tmp", "x.json"} {
		filetest.Write(t, filepath.Join(string(dir), name), cliFile)
	}
	if err := dir.Delete(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	filetest.WantNames(t, string(dir), "keep.tmp", "tmpabcd_123.tmp", "x.json")
	if n, err := dir.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep: %d, %v", n, err)
	}
	filetest.WantNames(t, string(dir), "keep.tmp", "x.json")
}
