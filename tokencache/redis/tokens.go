package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// TokenCache stores tokens on the server of a Client. TokenCaches of the same Client are equal.
type TokenCache struct{ client *Client }

var _ interface {
	tokencache.Lister
	tokencache.RegistrationCache
	tokencache.NoteCache
	tokencache.LockAger
	tokencache.LeaseLocker
	tokencache.CompareAndStorer
	tokencache.WriteChecker
} = TokenCache{}

// Tokens returns the token cache on the server.
func (c *Client) Tokens() TokenCache { return TokenCache{c} }

// Format prints the address of the server and no secrets, for every verb.
func (t TokenCache) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "redis.TokenCache(%v)", t.client)
}

// keepExpired is how long a token stays on the server after it has expired and cannot be refreshed.
const keepExpired = 7 * 24 * time.Hour

// maxSession is the longest time for which Identity Center refreshes a token.
const maxSession = 90 * 24 * time.Hour

// Load implements [tokencache.Cache]. The error is an *InvalidError if the entry cannot be decrypted
// or is no token. The expiry is corrected if the clock of the machine that stored the token is wrong
// by more than a second.
func (t TokenCache) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	name := t.name(key, kindToken)
	r, err := t.client.read(ctx, name)
	if err != nil {
		return nil, tokenError("load token", name, err)
	}
	token, err := t.parse(r)
	if err == nil && token.ExpiresAt.After(t.client.now()) {
		t.client.locks.done(name)
	}
	return token, err
}

func (t TokenCache) parse(r *record) (*tokencache.Token, error) {
	token, err := tokencache.Parse(r.content)
	if err != nil {
		return nil, err
	}
	token.ExpiresAt = r.local(token.ExpiresAt)
	return token, nil
}

// Store implements [tokencache.Cache]. It is for new sign-ins: it replaces any token.
func (t TokenCache) Store(ctx context.Context, key string, token *tokencache.Token) error {
	content, err := token.Encode()
	if err != nil {
		return err
	}
	return t.store(ctx, key, content, token)
}

func (t TokenCache) store(ctx context.Context, key string, content []byte, token *tokencache.Token) error {
	name := t.name(key, kindToken)
	number, err := t.number(ctx, key)
	if err != nil {
		return tokenError("store token", name, err)
	}
	s, err := t.client.sealRecord(name, key, content)
	if err == nil {
		err = t.client.do(ctx, func(ctx context.Context, conn rueidis.Client) error {
			args := t.client.storeArgs(s, t.lifetime(token), t.tag(token.RefreshToken), number)
			return storeScript().Exec(ctx, conn, []string{name, t.name(key, kindFence), t.name(key, kindOrder)}, args).Error()
		})
	}
	if err != nil {
		return tokenError("store token", name, err)
	}
	t.client.locks.done(name)
	return nil
}

// number returns the number of a sign-in or sign-out. The server ignores the request for it if one with a larger number
// came first, so a request that the network delivers late, or again, does no harm.
func (t TokenCache) number(ctx context.Context, key string) (number string, err error) {
	err = t.client.do(ctx, func(ctx context.Context, conn rueidis.Client) (err error) {
		number, err = numberScript().Exec(ctx, conn, []string{t.name(key, kindFence), t.name(key, kindOrder)}, nil).ToString()
		return err
	})
	return number, err
}

// CompareAndStore implements [tokencache.CompareAndStorer] in one step on the server. It also fails if
// a process that acquired the second lock of key after this one has stored a token.
func (t TokenCache) CompareAndStore(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error {
	content, err := token.Encode()
	if err != nil {
		return err
	}
	name := t.name(key, kindToken)
	s, err := t.client.sealRecord(name, key, content)
	if err != nil {
		return tokenError("store token", name, err)
	}
	fence := t.client.locks.fence(t.name(key, kindSending))
	var result string
	err = t.client.insist(ctx, 2*t.client.opts.Timeout, func(ctx context.Context, conn rueidis.Client) (err error) {
		args := t.client.storeArgs(s, t.lifetime(token), t.tag(token.RefreshToken), t.tag(redeemed), fmt.Sprint(fence))
		result, err = replaceScript().Exec(ctx, conn, []string{name}, args).ToString()
		return err
	})
	switch {
	case err != nil:
		return tokenError("store token", name, err)
	case result == "missing":
		return fmt.Errorf("redis: store token: %w", tokencache.ErrNotFound)
	case result == "replaced":
		return fmt.Errorf("redis: store token: %w", tokencache.ErrReplaced)
	}
	t.client.locks.done(name)
	return nil
}

// Delete implements [tokencache.Cache].
func (t TokenCache) Delete(ctx context.Context, key string) error {
	name := t.name(key, kindToken)
	number, err := t.number(ctx, key)
	if err == nil {
		err = t.client.do(ctx, func(ctx context.Context, conn rueidis.Client) error {
			names := []string{name, t.name(key, kindNote), t.name(key, kindOrder)}
			return deleteScript().Exec(ctx, conn, names, []string{number}).Error()
		})
	}
	if err != nil {
		return tokenError("delete token", name, err)
	}
	return nil
}

// CheckWritable implements [tokencache.WriteChecker]. It fails if the server accepts no writes: it
// is a replica, its memory is full, or it cannot save them.
func (t TokenCache) CheckWritable(ctx context.Context, key string) error {
	name := t.name(key, kindProbe)
	if err := t.client.write(ctx, name, key, nil, time.Minute); err != nil {
		return tokenError("check whether the server accepts writes", name, err)
	}
	return nil
}

func (t TokenCache) keys() *keySet { return t.client.keys() }

func (t TokenCache) name(key, kind string, parts ...string) string {
	return t.keys().name(key, kind, parts...)
}

// tag returns what identifies a refresh token on the server.
func (t TokenCache) tag(refreshToken tokencache.Secret) string {
	return t.keys().tag("refresh token", string(refreshToken))
}

// lifetime returns the time to live of a token on the server.
func (t TokenCache) lifetime(token *tokencache.Token) time.Duration {
	expiry := token.ExpiresAt
	switch {
	case token.RefreshToken == "":
	case token.RegistrationExpiresAt.IsZero():
		return maxSession
	case token.RegistrationExpiresAt.After(expiry):
		expiry = token.RegistrationExpiresAt
	}
	return t.client.lifetime(expiry, keepExpired)
}

// tokenError returns the error of a TokenCache for err.
func tokenError(verb, name string, err error) error {
	var damaged *damagedError
	switch {
	case errors.Is(err, errMissing):
		return fmt.Errorf("redis: %s: %w", verb, tokencache.ErrNotFound)
	case errors.As(err, &damaged):
		return &tokencache.InvalidError{Reason: damaged.of(name)}
	}
	return fmt.Errorf("redis: %s: %w", verb, err)
}
