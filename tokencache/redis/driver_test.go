package redis_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// writeKeyFile writes a key file with a new key, and returns its path.
func writeKeyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "redis.key")
	filetest.Write(t, path, string(newKey())+"\n")
	return path
}

// TestDriver: two settings that are equal share caches; another database has other entries.
func TestDriver(t *testing.T) {
	t.Setenv(redis.PasswordVariable, "correct horse")
	server := redistest.Start(t, "--requirepass", "correct horse")
	param := "?timeout=1m&key_file=" + writeKeyFile(t)
	open := func(value string) *tokenstore.Store {
		t.Helper()
		store, err := tokenstore.Open(value+param, redis.Driver)
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	store, again, other := open("redis://"+server.Addr()), open("redis://"+server.Addr()), open("redis://"+server.Addr()+"/7")
	if store.Tokens != again.Tokens || store.Roles != again.Roles || store.Tokens == other.Tokens {
		t.Error("equal settings do not have equal caches")
	}
	if want := "the Redis server " + server.Addr(); store.Name != want {
		t.Errorf("Name = %q, want %q", store.Name, want)
	}
	if err := store.Tokens.Store(t.Context(), session, signIn(t, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Tokens.Load(t.Context(), session); err != nil {
		t.Error(err)
	}
	if token, err := other.Tokens.Load(t.Context(), session); err == nil {
		t.Errorf("another database has %v", token)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	key := writeKeyFile(t)
	for setting, want := range map[string]string{
		"redis://h":                         "the Redis server h:6379",
		"rediss://me@h:1/3":                 "the Redis server h:1",
		"redis://[::1]:1":                   "the Redis server [::1]:1",
		"redis://[::1]":                     "the Redis server [::1]:6379",
		"redis+sentinel://h,i:1/main":       "the Redis master main (sentinels h:26379,i:1)",
		"rediss+sentinel://me@h/main/2":     "the Redis master main (sentinels h:26379)",
		"redis+cluster://me%40x@h,i":        "the Redis cluster h:6379,i:6379",
		"redis:h":                           "!write redis://host:port",
		"redis://":                          `!the address "" is not HOST:PORT`,
		"redis://h:x":                       `!the address "h:x" is not HOST:PORT`,
		"redis://::1":                       `!the address "::1" is not HOST:PORT`,
		"redis://h,i":                       "!write redis+sentinel: or redis+cluster:",
		"redis://h/x":                       `!the database "x" is not a number`,
		"redis+sentinel://h":                "!the name of the master is missing",
		"redis+cluster://h/1":               "!a cluster has no database numbers",
		"redis://me:secret@h":               "!a password must not be in the setting",
		"redis://h?server_name=x":           "!server_name is for TLS: write rediss:",
		"rediss+cluster://h?cert_file=/x":   "!cert_file and cert_key_file need each other",
		"redis://h?timeout=300ms":           "the Redis server h:6379",
		"redis://h?timeout=0":               `!the timeout "0" is not a duration from 100ms to 1m, such as 5s`,
		"redis://h?timeout=5":               `!the timeout "5" is not a duration`,
		"redis://h?timeout=2m":              `!the timeout "2m" is not a duration`,
		"redis://h?db=1":                    "!unknown parameter db",
		"rediss://h?ca_file=relative":       "!is relative",
		"redis://h?password_file=/nowhere":  "!redis: read password_file: ",
		"rediss://h?ca_file=" + key:         "!redis: read ca_file: no certificate in PEM format",
		"redis://h?key_file=/nowhere":       "!redis: read key file: ",
		"redis://h?key_file=":               "!needs a path",
		"redis://h?sentinel_password_file=": "!needs a path",
	} {
		if !strings.Contains(setting, "key_file=/nowhere") && !strings.HasSuffix(setting, "?key_file=") {
			separator := "?"
			if strings.Contains(setting, "?") {
				separator = "&"
			}
			setting += separator + "key_file=" + key
		}
		store, err := tokenstore.Open(setting, redis.Driver)
		reason, fails := strings.CutPrefix(want, "!")
		switch {
		case fails && (err == nil || !strings.Contains(err.Error(), reason) || strings.Contains(err.Error(), "secret")):
			t.Errorf("%s: %v, want %q", setting, err, reason)
		case !fails && (err != nil || store.Name != want):
			t.Errorf("%s: %v, %v; want %q", setting, store, err, want)
		}
	}
	_, err := tokenstore.Open("redis://h", redis.Driver)
	if invalid := (*tokenstore.SettingError)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "key_file is missing") {
		t.Errorf("without key_file: %v", err)
	}
}

// TestKeyFileOfOthers: a key that other users can read is rejected.
func TestKeyFileOfOthers(t *testing.T) {
	t.Parallel()
	path := writeKeyFile(t)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := redis.ReadKeys(path); err == nil || !strings.Contains(err.Error(), "other users can read it") {
		t.Errorf("ReadKeys: %v", err)
	}
}

// TestPrinted: no exported type prints a password, with any verb.
func TestPrinted(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	password := filepath.Join(t.TempDir(), "password")
	filetest.Write(t, password, secret)
	store, err := tokenstore.Open("redis://h?key_file="+writeKeyFile(t)+"&password_file="+password, redis.Driver)
	if err != nil {
		t.Fatal(err)
	}
	opts := redis.Options{Addrs: []string{"h"}, Keys: newKeys(t), Password: secret, SentinelPassword: secret}
	client, err := redis.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{store, *store, opts, &opts, opts.Keys, client, client.Tokens(), client.Roles(), redis.TokenCache{}, redis.RoleCache{}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s of %T prints a password: %s", verb, v, text)
			}
		}
	}
}

// TestPasswordInResponse: a server that does not know AUTH repeats the password, and the error does not.
func TestPasswordInResponse(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--rename-command", "HELLO", "", "--rename-command", "AUTH", "")
	for _, password := range []tokencache.Secret{"hunter2", tokencache.Secret(strings.Repeat("hunter2", 30))} {
		client := newClient(t, server, func(o *redis.Options) { o.Username, o.Password = "me", password })
		_, err := client.Tokens().Load(t.Context(), session)
		if text := fmt.Sprintf("%+v", err); !strings.Contains(text, "unknown command 'AUTH'") || strings.Contains(text, "hunter2") {
			t.Errorf("Load: %v", err)
		}
	}
}
