package redis_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

const session = "corp"

// world is an Identity Center, and a sign-in on a Redis server.
type world struct {
	t      *testing.T
	idc    *idctest.Server
	signIn idctest.SignIn
	redis  *redistest.Server
	key    string // the content of the key file
}

// newWorld starts both servers and stores an expired sign-in. args are settings of the Redis server.
func newWorld(t *testing.T, args ...string) *world {
	t.Helper()
	w := &world{t: t, idc: idctest.NewServer(t), redis: redistest.Start(t, args...), key: string(newKey())}
	w.store(w.client(), -time.Minute)
	return w
}

// store signs in again. The token expires after the given time.
func (w *world) store(client *redis.Client, expires time.Duration) {
	w.t.Helper()
	w.signIn = w.idc.SignIn()
	token, err := tokencache.Parse(w.signIn.TokenFile())
	if err != nil {
		w.t.Fatal(err)
	}
	token.ExpiresAt = time.Now().Add(expires)
	if err := client.Tokens().Store(w.t.Context(), session, token); err != nil {
		w.t.Fatal(err)
	}
}

// client returns a client, as another machine would have it.
func (w *world) client(optFns ...func(*redis.Options)) *redis.Client {
	w.t.Helper()
	keys, err := redis.ParseKeys([]byte(w.key))
	if err != nil {
		w.t.Fatal(err)
	}
	withKeys := func(o *redis.Options) { o.Keys = keys }
	return newClient(w.t, w.redis, append([]func(*redis.Options){withKeys}, optFns...)...)
}

// source returns the source of the sign-in's token on the machine of a client.
func (w *world) source(client *redis.Client, optFns ...func(*ssotoken.Options)) *ssotoken.Source {
	w.t.Helper()
	source, err := makeSource(client, w.idc.URL(), w.signIn.StartURL, w.signIn.Region, optFns...)
	if err != nil {
		w.t.Fatal(err)
	}
	return source
}

// lockTimeout is longer than the leases of the tests.
const lockTimeout = 3 * time.Minute

func makeSource(client *redis.Client, url, startURL, region string, optFns ...func(*ssotoken.Options)) (*ssotoken.Source, error) {
	return ssotoken.New(profile.SignIn{
		Session:    &profile.Session{Name: session, StartURL: startURL, Region: region},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: url, SSOOIDC: url}},
	}, append(optFns, func(o *ssotoken.Options) { o.TokenCache, o.LockTimeout = client.Tokens(), lockTimeout })...)
}

// signIn returns a token that no server knows.
func signIn(t *testing.T, expires time.Duration) *tokencache.Token {
	t.Helper()
	return &tokencache.Token{AccessToken: "access", RefreshToken: "refresh", ExpiresAt: time.Now().Add(expires)}
}

// token returns the token of a source, which the Identity Center must accept.
func (w *world) token(source *ssotoken.Source) *tokencache.Token {
	w.t.Helper()
	token, err := source.Token(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// wantNoToken checks that the source fails, and not because the user must sign in.
func (w *world) wantNoToken(source *ssotoken.Source) error {
	w.t.Helper()
	token, err := source.Token(w.t.Context())
	if required := (*ssotoken.LoginRequiredError)(nil); err == nil || errors.As(err, &required) {
		w.t.Errorf("Token = %v, %v; want an error of the Redis server", token, err)
	}
	return err
}

// wantLoginRequired checks that the source says that the user must sign in.
func (w *world) wantLoginRequired(source *ssotoken.Source) {
	w.t.Helper()
	token, err := source.Token(w.t.Context())
	if required := (*ssotoken.LoginRequiredError)(nil); !errors.As(err, &required) {
		w.t.Errorf("Token = %v, %v; want a *LoginRequiredError", token, err)
	}
}

// stored returns the token on the Redis server.
func (w *world) stored() *tokencache.Token {
	w.t.Helper()
	token, err := w.client().Tokens().Load(w.t.Context(), session)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// endLeases ends the leases of the locks of the sign-in, as time does.
func (w *world) endLeases() {
	w.t.Helper()
	_, _, lock, sending := w.client().Tokens().Names(session)
	w.redis.Do("DEL", lock, sending)
}

// holdRefresh makes the next refresh wait for its response. A call of sent waits until the refresh token was sent, and a
// call of respond lets the response arrive.
func (w *world) holdRefresh() (sent, respond func()) {
	until := make(chan struct{})
	w.idc.Fail("CreateToken", idctest.Fault{Until: until})
	sent = func() {
		w.t.Helper()
		await(w.t, "the refresh token is sent", func() bool { return w.idc.Count("CreateToken") == 1 })
	}
	return sent, func() { close(until) }
}

// wantRefreshes checks how often the refresh token was sent.
func (w *world) wantRefreshes(want int) {
	w.t.Helper()
	if n := w.idc.Count("CreateToken"); n != want {
		w.t.Errorf("%d refreshes sent, want %d", n, want)
	}
}

// await waits until done returns true. The limit is long: the machine may be busy.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting until %s", what)
		}
	}
}

// network is a connection to a server that can be cut.
type network struct {
	listener net.Listener
	server   string

	mu    sync.Mutex
	cut   bool
	mute  bool
	held  chan struct{} // closed to release responses; nil if none are held
	conns []net.Conn
}

// newNetwork returns a working network to a server.
func newNetwork(t *testing.T, server string) *network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{listener: l, server: server}
	t.Cleanup(func() { _ = l.Close(); n.Cut() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go n.forward(conn)
		}
	}()
	return n
}

// use makes a client use the network.
func (n *network) use(o *redis.Options) { o.Addrs = []string{n.listener.Addr().String()} }

func (n *network) port() int { return n.listener.Addr().(*net.TCPAddr).Port }

func (n *network) forward(conn net.Conn) {
	server, err := net.Dial("tcp", n.server)
	n.mu.Lock()
	if err != nil || n.cut {
		n.mu.Unlock()
		_ = conn.Close()
		return
	}
	n.conns = append(n.conns, conn, server)
	n.mu.Unlock()
	go func() { _, _ = io.Copy(server, conn); _ = server.Close() }()
	_, _ = io.Copy(responses{conn, n}, server)
	_ = conn.Close()
}

// responses discards what the server sends while the network is mute, and delays it while the network holds it.
type responses struct {
	net.Conn
	network *network
}

func (r responses) Write(data []byte) (int, error) {
	r.network.mu.Lock()
	mute, held := r.network.mute, r.network.held
	r.network.mu.Unlock()
	if held != nil {
		<-held
	}
	if mute {
		return len(data), nil
	}
	return r.Conn.Write(data)
}

// Mute loses all responses until Restore.
func (n *network) Mute() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mute = true
}

// Hold delays all responses until release is called.
func (n *network) Hold() (release func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	held := make(chan struct{})
	n.held = held
	return sync.OnceFunc(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.held = nil
		close(held)
	})
}

// Cut closes all connections, and new ones at once.
func (n *network) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = true
	for _, conn := range n.conns {
		_ = conn.Close()
	}
	n.conns = nil
}

// Restore lets new connections work.
func (n *network) Restore() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut, n.mute = false, false
}

// expire makes the stored token expire now. It does not change the refresh token.
func (w *world) expire() {
	w.t.Helper()
	token := w.stored()
	token.ExpiresAt = time.Now().Add(-time.Second)
	if err := w.client().Tokens().CompareAndStore(w.t.Context(), session, token.RefreshToken, token); err != nil {
		w.t.Fatal(err)
	}
}
