package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
)

// TestErrors reads the errors of a server that cannot be used, and their fixes, as doctor prints them.
func TestErrors(t *testing.T) {
	t.Parallel()
	idc := idctest.NewServer(t)
	for name, tt := range map[string]struct {
		commands  [][]string // for the server
		server    string     // the start of the setting
		timeout   string
		text, fix string
	}{
		"wrong password": {
			commands: [][]string{{"ACL", "SETUSER", "me", "on", ">other"}}, server: "redis://me@",
			text: "responds: WRONGPASS ", fix: "check USER in the setting of the store, and the password in password_file or LATCHKEY_REDIS_PASSWORD",
		},
		"no password": {
			commands: [][]string{{"CONFIG", "SET", "requirepass", "other"}},
			text:     "requires a password", fix: "write the password to a file, and name it with password_file in the setting of the store",
		},
		"no permission": {
			commands: [][]string{{"ACL", "SETUSER", "me", "on", ">correct horse", "+get"}}, server: "redis://me@",
			text: "responds: NOPERM ", fix: "give the Redis user the permissions in docs/many-machines.md",
		},
		"a replica": {
			commands: [][]string{{"REPLICAOF", "127.0.0.1", "1"}},
			text:     "responds: READONLY ", fix: "name the master in the setting of the store, or the sentinels with redis+sentinel:",
		},
		"full": {
			commands: [][]string{{"CONFIG", "SET", "maxmemory", "1"}},
			text:     "responds: OOM ", fix: "raise maxmemory on the server, or delete other data",
		},
		"too few replicas": {
			commands: [][]string{{"CONFIG", "SET", "min-replicas-to-write", "1"}},
			text:     "responds: NOREPLICAS ", fix: "start the replicas that min-replicas-to-write demands",
		},
		"no TLS": {server: "rediss://", timeout: "1s", text: "does not respond", fix: "check the network; without TLS on the server, write redis instead of rediss"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			dir := t.TempDir()
			filetest.Write(t, filepath.Join(dir, "key"), testKey)
			params := "?timeout=" + cmp.Or(tt.timeout, "1m") + "&key_file=" + filepath.Join(dir, "key")
			if tt.server == "redis://me@" {
				filetest.Write(t, filepath.Join(dir, "password"), "correct horse")
				params += "&password_file=" + filepath.Join(dir, "password")
			}
			m := newMachine(t, idc, cmp.Or(tt.server, "redis://")+server.Addr()+params)
			for _, command := range tt.commands {
				server.Do(command...)
			}
			out := m.run(1, "doctor")
			wantText(t, out, "the Redis server "+server.Addr()+" "+tt.text)
			wantText(t, out, "fix: "+tt.fix+"\n")
			if strings.Contains(out, "correct horse") {
				t.Errorf("the password is printed:\n%s", out)
			}
		})
	}
}

// TestKeyErrors reads the errors of a key file that cannot be used, and of an entry that it does not decrypt.
func TestKeyErrors(t *testing.T) {
	t.Parallel()
	idc := idctest.NewServer(t, func(o *idctest.Options) { o.AutoApprove = true })
	key := filepath.Join(t.TempDir(), "redis.key")
	m := newMachine(t, idc, "redis://"+redistest.Start(t).Addr()+"?timeout=1m&key_file="+key)
	fails := func(code int, text, hint string) {
		t.Helper()
		out := m.run(code, "credential-process")
		wantText(t, out, text)
		wantText(t, out, "hint: "+hint)
	}
	fails(1, "no such file", "copy the key file from another machine, or create the first one with openssl rand -base64 32\n")
	filetest.Write(t, key, "garbage")
	fails(1, "line 1: not 32 bytes in base64", "each line of the file must be the output of openssl rand -base64 32\n")
	filetest.Write(t, key, testKey)
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(1, "other users can read it", "chmod 600 "+key)
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	m.run(0, "login", "--device-code")
	filetest.Write(t, key, "pXwW1ZrLw0n0xkq2oZ2Vt7m3uTzJcM0y8oXoGz0m3cE=\nnames:"+testKey)
	fails(3, "the stored token is damaged: the key file has no key that decrypts it (the entry latchkey:", "latchkey login")
}
