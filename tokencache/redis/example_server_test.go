package redis_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// TestExampleKeepsSignIns: a server with the users of the example in the documentation has the sign-in after it was killed,
// and nobody can use it without a password.
func TestExampleKeepsSignIns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "make-secrets")
	filetest.Write(t, script, filetest.Read(t, "../../docs/many-machines/make-secrets"))
	if out, err := exec.CommandContext(t.Context(), "sh", script).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("make-secrets: %v\n%s", err, out)
	}
	secret := func(name string) string {
		return strings.TrimSpace(filetest.Read(t, filepath.Join(dir, "secrets", name)))
	}
	server := redistest.Start(t, append([]string{"--aclfile", filepath.Join(dir, "secrets", "users.acl")}, persistent...)...)
	keys := newKeys(t)
	user := func(o *redis.Options) {
		o.Username, o.Password, o.Keys = "latchkey", tokencache.Secret(secret("redis.password")), keys
	}
	if err := newClient(t, server, user).Tokens().Store(t.Context(), session, signIn(t, time.Hour)); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	server.Run()
	if _, err := newClient(t, server, user).Tokens().Load(t.Context(), session); err != nil {
		t.Errorf("after the server was killed: %v", err)
	}
	if _, err := newClient(t, server).Tokens().Load(t.Context(), session); err == nil || !strings.Contains(err.Error(), "requires a password") {
		t.Errorf("without a password: %v", err)
	}
}
