package redis_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// persistent are settings of a server that loses nothing when it is killed.
var persistent = []string{"--appendonly", "yes", "--appendfsync", "always"}

// impatient is a client whose calls fail in a test. A server that responds must do so within this time on any machine.
func impatient(o *redis.Options) { o.Timeout = 5 * time.Second }

// TestManyMachines: of many machines with many goroutines each, one sends the refresh token.
func TestManyMachines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	var got sync.Map
	for range 20 {
		source := w.source(w.client())
		for range 10 {
			wg.Go(func() {
				token, err := source.Token(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				got.Store(string(token.AccessToken), true)
			})
		}
	}
	wg.Wait()
	w.wantRefreshes(1)
	want := string(w.stored().AccessToken)
	got.Range(func(token, _ any) bool {
		if token != want {
			t.Error("a machine got another token than the stored one")
		}
		return true
	})
}

// TestServerGone: while the server is down, a valid token in memory is used, and no refresh token is sent. When it is
// back, everything goes on.
func TestServerGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, persistent...)
	source, other := w.source(w.client(impatient)), w.source(w.client(impatient))
	want := w.token(source).AccessToken
	w.redis.Kill()
	for range 3 {
		if got := w.token(source).AccessToken; got != want {
			t.Error("got another token than the one in memory")
		}
	}
	if err := w.wantNoToken(other); !strings.Contains(fmt.Sprint(err), "refused") {
		t.Errorf("the error does not say why: %v", err)
	}
	w.redis.Run()
	await(t, "the server is used again", func() bool { _, err := other.Token(t.Context()); return err == nil })
	w.wantRefreshes(1)
	w.store(w.client(), -time.Minute)
	w.token(source)
	w.wantRefreshes(2)
}

// TestServerPaused: no call waits longer for a server that does not respond than its time limit.
func TestServerPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(impatient)
	source := w.source(client)
	want := w.token(source).AccessToken
	unlock, err := client.Tokens().Lock(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	resume := w.redis.Pause()
	if got := w.token(source).AccessToken; got != want {
		t.Error("got another token than the one in memory")
	}
	if err := w.wantNoToken(w.source(w.client(impatient))); !strings.Contains(fmt.Sprint(err), "does not respond") {
		t.Errorf("the error does not say why: %v", err)
	}
	unlock()
	resume()
	await(t, "the server is used again", func() bool { return client.Tokens().CheckWritable(t.Context(), session) == nil })
	w.wantRefreshes(1)
}

// TestPartitionDuringRefresh: the machine that refreshes loses its network to Redis after it has sent the refresh
// token. It stores the new token when the network is back, and the others wait for it.
func TestPartitionDuringRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	sent, respond := w.holdRefresh()
	sender := w.source(w.client(network.use))
	var wg sync.WaitGroup
	wg.Go(func() { w.token(sender) })
	sent()
	network.Cut()
	respond()
	time.AfterFunc(time.Second, network.Restore)
	other := w.token(w.source(w.client()))
	wg.Wait()
	w.wantRefreshes(1)
	if other.AccessToken != w.token(sender).AccessToken {
		t.Error("the machines have different tokens")
	}
}

// TestStoredAfterOutage: the time that a store took does not make the token expire later.
func TestStoredAfterOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	tokens := w.client(network.use).Tokens()
	want := w.stored()
	network.Cut()
	time.AfterFunc(6*time.Second, network.Restore)
	if err := tokens.CompareAndStore(t.Context(), session, want.RefreshToken, want); err != nil {
		t.Fatal(err)
	}
	if late := w.stored().ExpiresAt.Sub(want.ExpiresAt); late > 5*time.Second {
		t.Errorf("the token expires %v later", late)
	}
}

// TestLongPartition: if the network does not come back before the lease is over, another machine sends the refresh
// token, which the server rejects. Nobody stores or uses a wrong token.
func TestLongPartition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	sent, respond := w.holdRefresh()
	sender := w.source(w.client(network.use, impatient))
	want := make(chan string, 1)
	go func() {
		token, err := sender.Token(t.Context())
		if err != nil {
			t.Error(err)
			token = &tokencache.Token{}
		}
		want <- string(token.AccessToken)
	}()
	sent()
	network.Cut()
	w.endLeases()
	other := w.source(w.client())
	if token, err := other.Token(t.Context()); err == nil {
		t.Errorf("got %v from a refresh token that was used", token)
	}
	respond()
	if got := <-want; got == w.signIn.AccessToken {
		t.Error("the sender did not get the new token")
	}
	w.store(w.client(), time.Hour) // the user signs in again
	network.Restore()
	await(t, "the sender has the new sign-in", func() bool {
		token, err := sender.Token(t.Context())
		return err == nil && string(token.AccessToken) == w.signIn.AccessToken
	})
	if string(w.stored().AccessToken) != w.signIn.AccessToken {
		t.Error("the new sign-in was overwritten")
	}
}

// TestResponseOfStoreLost: a token was stored, but the response is lost. Storing it again succeeds.
func TestResponseOfStoreLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	tokens := w.client(network.use).Tokens()
	next := w.stored()
	redeemed := next.RefreshToken
	next.RefreshToken = "next"
	if err := tokens.CompareAndStore(t.Context(), session, redeemed, w.stored()); err != nil { // the server has the script
		t.Fatal(err)
	}
	network.Mute()
	result := make(chan error, 1)
	go func() { result <- tokens.CompareAndStore(t.Context(), session, redeemed, next) }()
	await(t, "the token is stored", func() bool { return w.stored().RefreshToken == "next" })
	network.Cut()
	network.Restore()
	if err := <-result; err != nil {
		t.Errorf("CompareAndStore: %v", err)
	}
}
