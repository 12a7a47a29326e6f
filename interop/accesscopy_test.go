package interop

import (
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

// latchkey runs the command and returns what it prints.
func (w *world) latchkey(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), w.command, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("latchkey %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// readsAccessCopy checks that a tool gets credentials with the copy of the access token while that is valid, and can
// neither refresh nor damage the sign-in.
func (w *world) readsAccessCopy(t *testing.T, tool func(profile string) (keyID string, err error)) {
	t.Helper()
	elsewhere := w.moveTokens(t)
	settings := func(share string) {
		lines := strings.SplitAfter(filetest.Read(t, w.File("config")), "[sso-session corp]\n")
		_, rest, _ := strings.Cut(lines[1], "sso_start_url")
		w.Write("config", lines[0]+"latchkey_token_store = dir:~/elsewhere\nlatchkey_share_access_token = "+share+"\nsso_start_url"+rest)
	}
	wantTool := func(works bool) {
		t.Helper()
		w.server.ResetRequests()
		if err := os.RemoveAll(w.File("cli/cache")); err != nil {
			t.Fatal(err)
		}
		id, err := tool("dev")
		if (err == nil) != works {
			t.Errorf("key id %q, %v", id, err)
		}
		if n := w.server.Count("CreateToken"); n != 0 {
			t.Errorf("the tool sent %d CreateToken", n)
		}
	}
	refresh := func() {
		t.Helper()
		w.expireIn(t, elsewhere)
		w.latchkey(t, "token", "--profile", "dev")
	}

	settings("false")
	refresh()
	wantTool(false)
	if _, err := w.tokens().Load(t.Context(), "corp"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("a copy that is not shared: %v", err)
	}
	settings("true")
	refresh()
	wantTool(true)

	// The copy expires. The tool cannot refresh it, and the sign-in goes on.
	copied, err := w.tokens().Load(t.Context(), "corp")
	if err != nil || copied.RefreshToken != "" || copied.ClientSecret != "" {
		t.Fatalf("the copy is %v, %v", copied, err)
	}
	copied.ExpiresAt = time.Now().Add(-time.Minute)
	if err := w.tokens().Store(t.Context(), "corp", copied); err != nil {
		t.Fatal(err)
	}
	wantTool(false)
	refresh()
	wantTool(true)

	w.latchkey(t, "logout", "--profile", "dev")
	wantTool(false)
	filetest.WantNames(t, w.File("sso/cache"))
}

// moveTokens moves the token cache to another directory.
func (w *world) moveTokens(t *testing.T) tokencache.Dir {
	t.Helper()
	elsewhere := tokencache.Dir(filepath.Join(w.Path, "elsewhere", "sso", "cache"))
	if err := os.MkdirAll(filepath.Dir(string(elsewhere)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.File("sso/cache"), string(elsewhere)); err != nil {
		t.Fatal(err)
	}
	return elsewhere
}

// TestGoSDKReadsAccessCopy reads the copy of an access token with the Go SDK.
func TestGoSDKReadsAccessCopy(t *testing.T) {
	newWorld(t).readsAccessCopy(t, goSDKKey(t))
}
