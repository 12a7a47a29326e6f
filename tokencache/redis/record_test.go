package redis_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// TestForeignData: data that was not encrypted for its place is an *InvalidError, and the next sign-in replaces it.
func TestForeignData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens := w.client().Tokens()
	name, note, _, _ := tokens.Names(session)
	other, _, _, _ := tokens.Names("other")
	token := w.stored()
	for what, commands := range map[string][][]string{
		"a string":        {{"SET", name, "garbage"}},
		"a list":          {{"DEL", name}, {"RPUSH", name, "garbage"}},
		"another hash":    {{"DEL", name}, {"HSET", name, "x", "y"}},
		"garbage":         {{"HSET", name, "data", "\x01garbage"}},
		"nothing":         {{"HSET", name, "data", ""}},
		"of another key":  {{"COPY", other, name, "REPLACE"}},
		"of another kind": {{"COPY", note, name, "REPLACE"}},
	} {
		for _, key := range []string{session, "other"} {
			if err := tokens.Store(t.Context(), key, token); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		if err := tokens.StoreNote(t.Context(), session, "refresh", tokencache.RefreshNote{}); err != nil {
			t.Fatal(err)
		}
		for _, command := range commands {
			w.redis.Do(command...)
		}
		got, err := tokens.Load(t.Context(), session)
		if invalid := (*tokencache.InvalidError)(nil); !errors.As(err, &invalid) {
			t.Errorf("%s: Load = %v, %v; want an *InvalidError", what, got, err)
		}
		if entries, err := tokens.Entries(t.Context()); len(entries) != 1 || entries[0].Key != "other" {
			t.Errorf("%s: Entries = %v, %v; want only the other entry", what, entries, err)
		}
	}
	w.redis.Do("SET", name, "garbage")
	if err := tokens.CompareAndStore(t.Context(), session, token.RefreshToken, token); err != nil {
		t.Errorf("CompareAndStore in place of invalid data: %v", err)
	}
}

// TestServerLearnsNothing: neither names nor values on the server contain anything of the sign-in.
func TestServerLearnsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, persistent...) // with a log of everything that is stored
	client := w.client()
	w.token(w.source(client))
	key := rolecache.Key{Session: session, AccountID: "111122223333", RoleName: "Developer"}
	credentials := &rolecache.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "session", Expires: time.Now().Add(time.Hour)}
	if err := client.Roles().Store(t.Context(), key, credentials); err != nil {
		t.Fatal(err)
	}
	registration := tokencache.RegistrationKey{StartURL: w.signIn.StartURL, Region: w.signIn.Region, SessionName: session}
	err := client.Tokens().StoreRegistration(t.Context(), registration, &tokencache.Registration{ClientID: "client", ClientSecret: "client secret", ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(w.redis.Dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil || !bytes.Contains(data, []byte("latchkey:")) {
		t.Fatalf("the log does not have what was stored: %v", err)
	}
	for _, text := range []string{
		session, w.signIn.StartURL, w.signIn.AccessToken, w.signIn.RefreshToken, w.signIn.ClientID, string(w.stored().AccessToken),
		"111122223333", "Developer", "AKIAEXAMPLE", "client secret",
	} {
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("the server knows %q", text)
		}
	}
}

func TestParseKeysInvalid(t *testing.T) {
	t.Parallel()
	key := string(newKey())
	for _, data := range []string{"", "# nothing", "secret", key[:40], key + key, "names:" + key, key + "\nnames:"} {
		if _, err := redis.ParseKeys([]byte(data)); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), key[:40]) {
			t.Errorf("ParseKeys(%.10q) = %v", data, err)
		}
	}
}

// TestClocks: machines whose clocks are wrong agree on when a token expires and when a lock was acquired.
func TestClocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store(w.client(), time.Hour)
	fast, slow := w.client(), w.client()
	fast.SetClock(3 * time.Hour)
	slow.SetClock(-3 * time.Hour)
	want := func(client *redis.Client, ahead time.Duration) {
		t.Helper()
		token, err := client.Tokens().Load(t.Context(), session)
		if err != nil {
			t.Fatal(err)
		}
		if off := time.Until(token.ExpiresAt) - ahead - time.Hour; off.Abs() > time.Minute {
			t.Errorf("the token expires %v too late", off)
		}
		if err := client.Tokens().Store(t.Context(), session, token); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		want(fast, 3*time.Hour)
		want(slow, -3*time.Hour)
		want(w.client(), 0)
	}
	unlock := lockSending(t, slow.Tokens())
	since, err := fast.Tokens().SendingSince(t.Context(), session)
	if age := time.Since(since) + 3*time.Hour; err != nil || age.Abs() > time.Minute {
		t.Errorf("the lock was acquired %v ago, %v", age, err)
	}
	unlock()
	note := tokencache.RefreshNote{At: time.Now().Add(-3 * time.Hour), Outcome: tokencache.RefreshFailed}
	if err := slow.Tokens().StoreNote(t.Context(), session, "refresh", note); err != nil {
		t.Fatal(err)
	}
	note, err = fast.Tokens().LoadNote(t.Context(), session, "refresh")
	if age := time.Since(note.At) + 3*time.Hour; err != nil || age.Abs() > time.Minute {
		t.Errorf("the note is %v old, %v", age, err)
	}
}

// TestLifetimes: what is stored vanishes after it has expired.
func TestLifetimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(func(o *redis.Options) { o.Lease = 0 }) // 20 seconds
	w.token(w.source(client))
	unlock := lockSending(t, client.Tokens())
	defer unlock()
	token, _, _, sending := client.Tokens().Names(session)
	if ttl := w.redis.Do("TTL", token); len(ttl) != len(":8380800") || ttl < ":8300000" { // 90 days and 7 days
		t.Errorf("the token vanishes after %s seconds", ttl)
	}
	if ttl, err := strconv.Atoi(w.redis.Do("TTL", sending)[1:]); err != nil || ttl < 1 || ttl > 20 {
		t.Errorf("the lock vanishes after %d seconds, %v", ttl, err)
	}
	if n := w.redis.Do("EVAL", "local n = 0; for _, k in ipairs(redis.call('KEYS', '*')) do if redis.call('TTL', k) < 0 then n = n + 1 end end; return n", "0"); n != ":0" {
		t.Errorf("%s entries never vanish", n)
	}
}
