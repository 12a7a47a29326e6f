package redis_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// TestNoWrites: while the server accepts no writes, valid tokens are used and no refresh token is sent.
func TestNoWrites(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fail, repair [][]string
		want         string
	}{
		"made read-only": {[][]string{{"REPLICAOF", "127.0.0.1", "1"}}, [][]string{{"REPLICAOF", "NO", "ONE"}}, "READONLY"},
		"memory is full": {[][]string{{"CONFIG", "SET", "maxmemory", "1"}}, [][]string{{"CONFIG", "SET", "maxmemory", "0"}}, "OOM"},
		"no replica":     {[][]string{{"CONFIG", "SET", "min-replicas-to-write", "1"}}, [][]string{{"CONFIG", "SET", "min-replicas-to-write", "0"}}, "NOREPLICAS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.store(w.client(), 4*time.Minute) // valid, but due to be refreshed
			for _, command := range tt.fail {
				w.redis.Do(command...)
			}
			source := w.source(w.client())
			if got := string(w.token(source).AccessToken); got != w.signIn.AccessToken {
				t.Error("got another token than the valid one")
			}
			for _, command := range tt.repair {
				w.redis.Do(command...)
			}
			w.expire()
			for _, command := range tt.fail {
				w.redis.Do(command...)
			}
			if err := w.wantNoToken(w.source(w.client())); !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("the error does not say why: %v", err)
			}
			w.wantRefreshes(0)
			for _, command := range tt.repair {
				w.redis.Do(command...)
			}
			w.token(w.source(w.client()))
			w.wantRefreshes(1)
		})
	}
}

// TestFullDuringRefresh: a refreshed token is stored even if the memory of the server is full.
func TestFullDuringRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent, respond := w.holdRefresh()
	var wg sync.WaitGroup
	source := w.source(w.client())
	wg.Go(func() { w.token(source) })
	sent()
	w.redis.Do("CONFIG", "SET", "maxmemory", "1")
	respond()
	wg.Wait()
	if string(w.stored().AccessToken) == w.signIn.AccessToken {
		t.Error("the token was not stored")
	}
}

// TestEviction: if the server evicts the sign-in, the user must sign in again.
func TestEviction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--maxmemory-policy", "allkeys-lru")
	tokens := w.client().Tokens()
	name, _, _, _ := tokens.Names(session)
	w.redis.Do("CONFIG", "SET", "maxmemory", "3mb")
	for i := 0; w.redis.Do("EXISTS", name) == ":1"; i++ {
		w.redis.Do("SET", fmt.Sprint("other ", i), strings.Repeat("x", 20_000))
	}
	w.wantLoginRequired(w.source(w.client()))
	w.wantRefreshes(0)
}

// TestWrongPassword: the error is immediate, says what is wrong, and has no password.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.redis.Do("ACL", "SETUSER", "me", "on", ">secret", "~*", "+@all")
	for name, set := range map[string]func(*redis.Options){
		"wrong password": func(o *redis.Options) { o.Username, o.Password = "me", "hunter2" },
		"no such user":   func(o *redis.Options) { o.Username, o.Password = "you", "hunter2" },
	} {
		err := w.wantNoToken(w.source(w.client(set)))
		if text := fmt.Sprint(err); !strings.Contains(text, "WRONGPASS") || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.redis.Do("CONFIG", "SET", "requirepass", "secret")
	if err := w.wantNoToken(w.source(w.client())); !strings.Contains(fmt.Sprint(err), "requires a password") {
		t.Errorf("no password: %v", err)
	}
}

// asUser creates a user with the permissions in the documentation, and makes a client use it.
func asUser(t *testing.T, servers ...*redistest.Server) func(*redis.Options) {
	t.Helper()
	_, rest, ok := strings.Cut(filetest.Read(t, "../../docs/many-machines.md"), "\nACL SETUSER latchkey on >PASSWORD ")
	rules, _, _ := strings.Cut(rest, "\n")
	if !ok {
		t.Fatal("the documentation has no permissions")
	}
	for _, server := range servers {
		server.Do(append([]string{"ACL", "SETUSER", "latchkey", "on", ">secret"}, strings.Fields(rules)...)...)
	}
	return func(o *redis.Options) { o.Username, o.Password = "latchkey", "secret" }
}

// TestACL: the caches work with the permissions in the documentation.
func TestACL(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	testCaches(t, server, asUser(t, server))
}

// TestReplicaPromoted: sentinels promote a replica, and a running program uses it.
func TestReplicaPromoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replica := newReplica(w, w.redis.Port)
	sentinel := newSentinel(w)
	source := w.source(w.client(bySentinel(sentinel), asUser(t, w.redis, replica)))
	before := w.token(source).AccessToken
	name, _, _, _ := w.client().Tokens().Names(session)
	refreshed := w.redis.Do("HGET", name, "tag")
	await(t, "the replica has the refreshed token", func() bool { return replica.Do("HGET", name, "tag") == refreshed })
	w.redis.Kill()
	promote(w, sentinel, replica)
	w.expire()
	if w.token(source).AccessToken == before {
		t.Error("got the old token")
	}
	w.wantRefreshes(2)
}

// TestLostWrite: a replica is promoted that does not have the refreshed token. The user must sign in again, and no
// machine gets a wrong token.
func TestLostWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	replica := newReplica(w, network.port())
	network.Cut()
	source := w.source(w.client())
	w.token(source)
	w.redis.Kill()
	sentinel := newSentinel(w, fmt.Sprintf("sentinel known-replica main 127.0.0.1 %d", replica.Port))
	promote(w, sentinel, replica)
	client := w.client(bySentinel(sentinel))
	w.wantLoginRequired(w.source(client))
	w.store(client, -time.Minute) // the user signs in again
	w.token(w.source(client))
}

func newReplica(w *world, port int) *redistest.Server {
	w.t.Helper()
	replica := redistest.Start(w.t, "--replicaof", fmt.Sprintf("127.0.0.1 %d", port))
	name, _, _, _ := w.client().Tokens().Names(session)
	await(w.t, "the replica has the sign-in", func() bool { return replica.Do("EXISTS", name) == ":1" })
	return replica
}

func newSentinel(w *world, lines ...string) *redistest.Server {
	w.t.Helper()
	return redistest.StartSentinel(w.t, append([]string{
		fmt.Sprintf("sentinel monitor main 127.0.0.1 %d 1", w.redis.Port),
		"sentinel down-after-milliseconds main 600000", "sentinel failover-timeout main 20000",
	}, lines...)...)
}

// promote makes the sentinel promote the replica, as it does by itself when it has not heard from the master for a while.
func promote(w *world, sentinel, replica *redistest.Server) {
	w.t.Helper()
	await(w.t, "the replica is promoted", func() bool {
		if replica.IsMaster() {
			return true
		}
		sentinel.Try("SENTINEL", "FAILOVER", "main") // fails until the sentinel knows the replica, and during the failover
		return false
	})
	w.redis = replica
}

func bySentinel(sentinel *redistest.Server) func(*redis.Options) {
	return func(o *redis.Options) {
		o.Addrs, o.Master, o.Timeout = []string{sentinel.Addr()}, "main", time.Minute
	}
}
