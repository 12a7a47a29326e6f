package redis_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// openSecure opens a setting with the certificate in dir, and the user of asUser with a password file.
func openSecure(t *testing.T, dir, setting string) redis.TokenCache {
	t.Helper()
	key, password := filepath.Join(dir, "redis.key"), filepath.Join(dir, "password")
	filetest.Write(t, key, string(newKey()))
	filetest.Write(t, password, "secret\n")
	store, err := tokenstore.Open(fmt.Sprintf("%s?timeout=1m&key_file=%s&password_file=%s&ca_file=%s&cert_file=%s&cert_key_file=%s",
		setting, key, password, filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")), redis.Driver)
	if err != nil {
		t.Fatal(err)
	}
	return store.Tokens.(redis.TokenCache)
}

// use uses all kinds of requests: it locks, stores and loads.
func use(t *testing.T, tokens redis.TokenCache) {
	t.Helper()
	token := signIn(t, time.Hour)
	if err := tokens.Store(t.Context(), session, token); err != nil {
		t.Fatal(err)
	}
	defer lockSending(t, tokens)()
	wantHolds(t, tokens, true)
	if err := tokens.CompareAndStore(t.Context(), session, token.RefreshToken, token); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Load(t.Context(), session); err != nil {
		t.Fatal(err)
	}
}

// TestSecureSentinel: a store whose servers and sentinel all use TLS, certificates and users, before and after a failover.
func TestSecureSentinel(t *testing.T) {
	t.Parallel()
	dir := newCertificate(t)
	master := redistest.StartTLS(t, dir)
	replica := redistest.StartTLS(t, dir, "--replicaof", fmt.Sprintf("127.0.0.1 %d", master.TLSPort))
	asUser(t, master, replica)
	sentinel := redistest.StartTLSSentinel(t, dir, fmt.Sprintf("sentinel monitor main 127.0.0.1 %d 1", master.TLSPort),
		"sentinel down-after-milliseconds main 600000", "user watcher on >secret &* +@all")
	filetest.Write(t, filepath.Join(dir, "sentinel"), "secret\n")
	tokens := openSecure(t, dir, fmt.Sprintf("rediss+sentinel://latchkey@127.0.0.1:%d/main", sentinel.TLSPort))
	use(t, tokens)

	master.Kill()
	promote(&world{t: t}, sentinel, replica)
	use(t, tokens)
	if replica.Do("DBSIZE") == ":0" {
		t.Error("the new master was not used")
	}
}

// TestSecureCluster: a store on a cluster that uses TLS, certificates and users, while the slot of the session moves.
func TestSecureCluster(t *testing.T) {
	t.Parallel()
	dir := newCertificate(t)
	nodes := redistest.StartTLSCluster(t, dir, 3)
	asUser(t, nodes...)
	tokens := openSecure(t, dir, fmt.Sprintf("rediss+cluster://latchkey@127.0.0.1:%d", nodes[0].TLSPort))
	use(t, tokens)
	migrate(t, nodes, tokens)
}

// TestSlotMigration: a session is used while the slot of its entries moves to another node.
func TestSlotMigration(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3)
	client := newClient(t, nodes[0], func(o *redis.Options) { o.Cluster, o.Timeout = true, time.Minute }, asUser(t, nodes...))
	use(t, client.Tokens())
	migrate(t, nodes, client.Tokens())
}

// migrate moves the slot of the session to another node, and uses the session in each state.
func migrate(t *testing.T, nodes []*redistest.Server, tokens redis.TokenCache) {
	t.Helper()
	token, note, _, sending := tokens.Names(session)
	migration := redistest.StartMigration(nodes, token)
	if _, err := tokens.Load(t.Context(), session); err != nil { // from the old node
		t.Errorf("Load before the entry moves: %v", err)
	}
	for _, name := range []string{token, note, sending, tokens.FenceName(session), tokens.OrderName(session)} {
		migration.Move(name)
	}
	if _, err := tokens.Load(t.Context(), session); err != nil { // redirected by ASK
		t.Errorf("Load after the entry moved: %v", err)
	}
	locked := make(chan error, 1)
	go func() { // tried again: a script with several keys runs only after the move
		unlock, err := tokens.LockSending(t.Context(), session)
		if err == nil {
			unlock()
		}
		locked <- err
	}()
	migration.Finish()
	if err := <-locked; err != nil {
		t.Errorf("LockSending during the move: %v", err)
	}
	use(t, tokens) // redirected by MOVED
}
