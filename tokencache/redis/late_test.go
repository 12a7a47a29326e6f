package redis_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// recording is what a client has sent to a server.
type recording struct{ ssotest.Log }

// record returns what act sends to the server.
func record(w *world, act func(redis.TokenCache) error) *recording {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	defer l.Close()
	r, server := &recording{}, w.redis.Addr()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.forward(conn, server)
		}
	}()
	client := w.client(func(o *redis.Options) { o.Addrs = []string{l.Addr().String()} })
	defer client.Close()
	if err := act(client.Tokens()); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (r *recording) forward(conn net.Conn, server string) {
	defer conn.Close()
	to, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	go func() { _, _ = io.Copy(io.MultiWriter(r, to), conn); _ = to.Close() }()
	_, _ = io.Copy(conn, to)
}

// replay sends the requests again.
func (r *recording) replay(w *world) {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.redis.Addr())
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, r.String()); err != nil {
		w.t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	if responses, err := io.ReadAll(conn); err != nil || !bytes.Contains(responses, []byte("version")) {
		w.t.Fatalf("the server responds with %q, %v", responses, err)
	}
}

// TestLateRequest: the network delivers a sign-in or a sign-out once more, after something else has happened.
func TestLateRequest(t *testing.T) {
	t.Parallel()
	first, next := signIn(t, time.Hour), signIn(t, time.Hour)
	next.AccessToken, next.RefreshToken = "next", "next"
	store := func(token *tokencache.Token) func(redis.TokenCache) error {
		return func(tokens redis.TokenCache) error { return tokens.Store(t.Context(), session, token) }
	}
	remove := func(tokens redis.TokenCache) error { return tokens.Delete(t.Context(), session) }
	refresh := func(tokens redis.TokenCache) error {
		return tokens.CompareAndStore(t.Context(), session, first.RefreshToken, next)
	}
	for name, tt := range map[string]struct {
		late, then func(redis.TokenCache) error
		want       *tokencache.Token
	}{
		"sign-in after a sign-out":  {store(first), remove, nil},
		"sign-in after another one": {store(first), store(next), next},
		"sign-in after a refresh":   {store(first), refresh, next},
		"sign-out after a sign-in":  {remove, store(next), next},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			late := record(w, tt.late)
			tokens := w.client().Tokens()
			if err := tt.then(tokens); err != nil {
				t.Fatal(err)
			}
			late.replay(w)
			token, err := tokens.Load(t.Context(), session)
			switch {
			case tt.want == nil && !errors.Is(err, tokencache.ErrNotFound):
				t.Errorf("Load = %v, %v; want ErrNotFound", token, err)
			case tt.want != nil && (err != nil || token.AccessToken != tt.want.AccessToken):
				t.Errorf("Load = %v, %v; want the access token %q", token, err, tt.want.AccessToken)
			}
		})
	}
}
