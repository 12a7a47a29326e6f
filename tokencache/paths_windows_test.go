package tokencache_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestSpellings: different paths of a directory share the tokens and the locks.
func TestSpellings(t *testing.T) {
	for name, spell := range map[string]func(t *testing.T, dir string) string{
		"lower case":  func(_ *testing.T, dir string) string { return strings.ToLower(dir) },
		"upper case":  func(_ *testing.T, dir string) string { return strings.ToUpper(dir) },
		"slashes":     func(_ *testing.T, dir string) string { return filepath.ToSlash(dir) },
		"long prefix": func(_ *testing.T, dir string) string { return `\\?\` + dir },
		"share": func(t *testing.T, dir string) string {
			filetest.SkipUnderWine(t, "file shares")
			return `\\localhost\` + dir[:1] + "$" + dir[2:]
		},
		"junction": func(t *testing.T, dir string) string {
			filetest.SkipUnderWine(t, "junctions")
			link := filepath.Join(t.TempDir(), "junction")
			if out, err := exec.CommandContext(t.Context(), "cmd", "/c", "mklink", "/J", link, dir).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return link
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tokencache.Dir(t.TempDir())
			wantSame(t, dir, tokencache.Dir(spell(t, string(dir))))
		})
	}
}

// TestLongPath uses a directory whose path is longer than the 260 characters that Windows once allowed.
func TestLongPath(t *testing.T) {
	dir := tokencache.Dir(filepath.Join(t.TempDir(), strings.Repeat("long", 40), strings.Repeat("path", 40)))
	wantSame(t, dir, dir)
	if entries, err := dir.Entries(t.Context()); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// wantSame checks that both paths lead to the same tokens and locks.
func wantSame(t *testing.T, a, b tokencache.Dir) {
	t.Helper()
	for range 2 { // the second time, there is a token to replace
		mustStore(t, a, "s", cliToken())
		wantToken(t, mustLoad(t, b, "s"), cliToken())
	}
	unlock, err := a.Lock(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the lock does not exclude: %v", err)
	}
	if _, err := os.Stat(b.Path("s")); err != nil {
		t.Error(err)
	}
}
