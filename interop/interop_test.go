// Package interop holds no code: its tests run real AWS tools beside Latchkey,
// on the files they share.
package interop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	account = "111122223333"
	role    = "Developer"
)

// world is a signed-in home directory, the Identity Center behind it, and the command.
type world struct {
	*idctest.HomeDir
	command string // latchkey, built from this tree
	server  *idctest.Server
}

func newWorld(t *testing.T, optFns ...func(*idctest.Options)) *world {
	t.Helper()
	command := build(t)
	server := idctest.NewServer(t, append(optFns, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{role}}}
	})...)
	w := &world{HomeDir: idctest.Home(t, server), command: command, server: server}
	signIn := w.SignIn("corp")
	w.Write("config", ssotest.Config(signIn.StartURL, signIn.Region)+`
[profile ext]
credential_process = "`+w.command+`" credential-process --profile dev
region = eu-west-1
`)
	return w
}

func (w *world) tokens() tokencache.Dir {
	return tokencache.Dir(w.File("sso/cache"))
}

// expire makes the sign-in as it is the next day.
func (w *world) expire(t *testing.T) {
	t.Helper()
	w.expireIn(t, w.tokens())
}

func (w *world) expireIn(t *testing.T, tokens tokencache.Dir) {
	t.Helper()
	w.server.ExpireAccessTokens()
	tok, err := tokens.Load(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	tok.ExpiresAt = time.Now().Add(-16 * time.Hour)
	if err := tokens.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
}

// binaries is the directory that buildOnce has made, or "". TestMain removes it.
var binaries string

// buildOnce builds the command for all tests. It needs the real HOME, with Go's caches, so that a test calls build
// before it has another one.
var buildOnce = sync.OnceValues(func() (string, error) {
	var err error
	if binaries, err = os.MkdirTemp("", "interop-"); err != nil {
		return "", err
	}
	path := filepath.Join(binaries, "latchkey")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "../cmd/latchkey").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the command: %w\n%s", err, out)
	}
	return path, nil
})

// build returns the path of the command.
func build(t *testing.T) string {
	t.Helper()
	filetest.SkipUnderWine(t, "go command")
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
