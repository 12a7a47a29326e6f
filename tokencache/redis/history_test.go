package redis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

const (
	historyMachines = 6
	historyLease    = 600 * time.Millisecond
)

// TestHistory lets machines refresh, stop and vanish at random, while their networks and the server fail and the user
// signs in and out. It checks what each machine reads against what happened before.
func TestHistory(t *testing.T) {
	t.Parallel()
	for name, rotates := range map[string]bool{"rotating refresh tokens": true, "lasting refresh token": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, end := context.WithCancel(t.Context())
			defer end()
			h := &history{t: t, ctx: ctx, redis: redistest.Start(t, persistent...), key: newKey(), rotates: rotates, sent: map[tokencache.Secret]*sending{}}
			user, _ := h.machine(2 * time.Minute)
			h.signIn(user)
			var wg sync.WaitGroup
			for range historyMachines {
				wg.Go(h.live)
			}
			wg.Go(h.read)
			wg.Go(func() { h.actAsUser(user) })
			wg.Go(func() { h.disturb(user) })
			time.Sleep(*soak)
			for deadline := time.Now().Add(2 * time.Minute); !h.hasBegun() && time.Now().Before(deadline); {
				time.Sleep(10 * time.Millisecond) // on a busy machine
			}
			end()
			wg.Wait()
			h.load(user)
			if !h.hasBegun() {
				t.Errorf("%d loads and %d refreshes: nothing was tested", h.loads, h.stored)
			}
			t.Logf("%d loads, %d refreshes, %d sign-ins, %d refresh tokens were sent twice", h.loads, h.stored, h.newest.signIn, h.resent)
		})
	}
}

// version orders the tokens: the number of the sign-in, and of the refresh.
type version struct{ signIn, refresh int }

func (v version) before(other version) bool {
	return v.signIn < other.signIn || v.signIn == other.signIn && v.refresh < other.refresh
}

func (v version) token(rotates bool) *tokencache.Token {
	refreshToken := fmt.Sprint("refresh ", v.signIn)
	if rotates {
		refreshToken = fmt.Sprint("refresh ", v.signIn, v.refresh)
	}
	return &tokencache.Token{
		AccessToken: tokencache.Secret(fmt.Sprint(v.signIn, v.refresh)), RefreshToken: tokencache.Secret(refreshToken),
		ExpiresAt: time.Now().Add(time.Hour),
	}
}

func versionOf(token *tokencache.Token) (v version) {
	_, _ = fmt.Sscan(string(token.AccessToken), &v.signIn, &v.refresh)
	return v
}

// history is what happened.
type history struct {
	t       *testing.T
	ctx     context.Context // until it ends
	redis   *redistest.Server
	key     []byte
	rotates bool

	mu        sync.Mutex
	newest    version // that Identity Center has issued
	seen      version // the newest one that was stored or loaded
	acts      int     // how many times the user has begun or completed signing in or out
	signedOut bool
	sent      map[tokencache.Secret]*sending
	networks  []*network
	loads     int
	stored    int
	resent    int
}

// sending is when a refresh token was sent.
type sending struct {
	checked time.Time // that the lock was held
	stored  bool      // whether the new token was
}

// machine returns the cache on a new machine, and its network.
func (h *history) machine(timeout time.Duration) (redis.TokenCache, *network) {
	keys, err := redis.ParseKeys(h.key)
	if err != nil {
		h.t.Error(err)
	}
	n := newNetwork(h.t, h.redis.Addr())
	client := newClient(h.t, h.redis, n.use, func(o *redis.Options) { o.Keys, o.Lease, o.Timeout = keys, historyLease, timeout })
	return client.Tokens(), n
}

// live is the life of a machine, which vanishes at times in the middle of a refresh. Another one takes its place.
func (h *history) live() {
	for h.ctx.Err() == nil {
		tokens, n := h.machine(time.Second)
		h.mu.Lock()
		h.networks = append(h.networks, n)
		h.mu.Unlock()
		vanishes := 5 + rand.N(30)
		for i := 0; h.ctx.Err() == nil && i < vanishes; i++ {
			h.load(tokens)
			h.refresh(tokens, func() {
				if i == vanishes-1 {
					n.Cut()
				}
			})
		}
	}
}

// read loads the token again and again.
func (h *history) read() {
	for tokens, _ := h.machine(time.Second); h.ctx.Err() == nil; time.Sleep(rand.N(5 * time.Millisecond)) {
		h.load(tokens)
	}
}

// refresh does what package ssotoken does. It calls interrupt between two steps.
func (h *history) refresh(tokens redis.TokenCache, interrupt func()) {
	ctx := h.ctx
	unlock, err := tokens.LockSending(ctx, session)
	if err != nil {
		return
	}
	defer unlock()
	token, err := tokens.Load(ctx, session)
	if err != nil {
		return
	}
	stop()
	step := rand.N(3)
	if step == 0 {
		interrupt()
	}
	checked := time.Now()
	if held, err := tokens.HoldsSending(ctx, session); err != nil || !held {
		return
	}
	now, err := tokens.Load(ctx, session)
	if err != nil || now.RefreshToken != token.RefreshToken || time.Since(checked) > historyLease/2 {
		return
	}
	next, done := h.send(token, checked)
	if next == nil {
		return
	}
	if step == 1 {
		interrupt()
	}
	stop()
	if err := tokens.CompareAndStore(context.WithoutCancel(ctx), session, token.RefreshToken, next); err == nil {
		done()
	}
}

// stop stops a machine for a moment, sometimes for longer than its lease.
func stop() {
	pause := rand.N(5 * time.Millisecond)
	if rand.N(20) == 0 {
		pause = rand.N(3 * historyLease / 2)
	}
	time.Sleep(pause)
}

// send is Identity Center. It returns nil if the refresh token was used. It must not be sent again while the machine that
// sent it holds the lock, or after that machine has stored the new token.
func (h *history) send(token *tokencache.Token, checked time.Time) (next *tokencache.Token, stored func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.sent[token.RefreshToken]
	if before != nil {
		h.resent++
		switch {
		case h.rotates && before.stored:
			h.t.Errorf("a refresh token was sent again after the new token was stored")
		case !before.stored && time.Since(before.checked) < historyLease:
			h.t.Errorf("a refresh token was sent again after %s", time.Since(before.checked))
		}
		if h.rotates {
			return nil, nil
		}
	}
	now := &sending{checked: checked}
	h.sent[token.RefreshToken] = now
	v := versionOf(token)
	if v.refresh++; v.signIn == h.newest.signIn {
		v.refresh = h.newest.refresh + 1
		h.newest = v
	}
	return v.token(h.rotates), func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.stored++
		now.stored = true
		h.see(v)
	}
}

// hasBegun reports whether machines have loaded and refreshed tokens.
func (h *history) hasBegun() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.loads > 0 && h.stored > 0
}

// see records that a version was in the cache.
func (h *history) see(v version) {
	if h.seen.before(v) {
		h.seen = v
	}
}

// load loads the token, which must be as new as every one that was seen before.
func (h *history) load(tokens redis.TokenCache) {
	h.mu.Lock()
	seen, acts, signedOut := h.seen, h.acts, h.signedOut
	h.mu.Unlock()
	token, err := tokens.Load(h.t.Context(), session)
	h.mu.Lock()
	defer h.mu.Unlock()
	missing := errors.Is(err, tokencache.ErrNotFound)
	switch {
	case err != nil && !missing: // no response
	case acts == h.acts && acts%2 == 0 && missing != signedOut:
		h.t.Errorf("signed out: %t, but Load = %v, %v", signedOut, token, err)
	case missing:
	case versionOf(token).before(seen):
		h.t.Errorf("got version %v after %v", versionOf(token), seen)
	default:
		h.loads++
		h.see(versionOf(token))
	}
}

// signIn stores the token of a new sign-in.
func (h *history) signIn(user redis.TokenCache) {
	h.mu.Lock()
	h.acts++
	h.newest = version{signIn: h.newest.signIn + 1}
	v := h.newest
	h.mu.Unlock()
	err := user.Store(h.t.Context(), session, v.token(h.rotates))
	h.acted(err, func() { h.signedOut = false; h.see(v) })
}

func (h *history) signOut(user redis.TokenCache) {
	h.mu.Lock()
	h.acts++
	h.mu.Unlock()
	h.acted(user.Delete(h.t.Context(), session), func() { h.signedOut = true })
}

func (h *history) acted(err error, record func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.t.Error(err)
		return
	}
	h.acts++
	record()
}

func (h *history) actAsUser(user redis.TokenCache) {
	for h.ctx.Err() == nil {
		time.Sleep(rand.N(2 * time.Second))
		if rand.N(3) == 0 {
			h.signOut(user)
			time.Sleep(rand.N(100 * time.Millisecond))
		}
		h.signIn(user)
	}
}

// disturb breaks the networks and the server.
func (h *history) disturb(user redis.TokenCache) {
	fence := user.FenceName(session)
	for h.ctx.Err() == nil {
		time.Sleep(rand.N(100 * time.Millisecond))
		switch rand.N(12) {
		case 0:
			h.redis.Kill()
			time.Sleep(rand.N(300 * time.Millisecond))
			h.redis.Run()
		case 1:
			resume := h.redis.Pause()
			time.Sleep(rand.N(300 * time.Millisecond))
			resume()
		case 2:
			h.redis.Do("SCRIPT", "FLUSH")
		case 3:
			h.redis.Do("CLIENT", "KILL", "TYPE", "normal")
		case 4:
			h.redis.Do("DEL", fence)
		default:
			h.disturbNetwork()
		}
	}
}

// disturbNetwork loses responses of a machine, or cuts it off.
func (h *history) disturbNetwork() {
	h.mu.Lock()
	if len(h.networks) == 0 {
		h.mu.Unlock()
		return
	}
	n := h.networks[rand.N(len(h.networks))]
	h.mu.Unlock()
	if rand.N(2) == 0 {
		n.Mute()
		time.Sleep(rand.N(50 * time.Millisecond))
	}
	n.Cut()
	time.Sleep(rand.N(200 * time.Millisecond))
	n.Restore()
}
