// Package tokencopy keeps the copies of access tokens that other AWS tools read, for sessions with
// latchkey_share_access_token.
//
// A copy is the file in which AWS tools look for the token of the session. It holds the access token
// and its expiry, and neither the refresh token nor the client, so no tool can refresh the sign-in. A
// sign-in that another tool has stored in that file is kept as long as it can be used.
package tokencopy

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Copy is the copy of a session's token. The zero value is none: AWS tools read the token itself.
type Copy struct {
	dir    tokencache.Dir
	key    string
	shared bool
}

// For returns the copy of a session whose token is in tokens, which may be nil if the store cannot be
// opened. It is the zero value if AWS tools read tokens anyway.
func For(s *profile.Session, tokens tokencache.Cache) Copy {
	dir, err := tokencache.DefaultDir()
	if err != nil || tokens == dir {
		return Copy{}
	}
	c := Copy{dir: dir, key: s.CacheKey(), shared: s.ShareAccessToken}
	if SameFile(dir, tokens, c.key) {
		return Copy{}
	}
	return c
}

// Update writes the copy of tok if the session shares it, and otherwise removes an old copy. It never
// replaces a sign-in (see HoldsSignIn).
func (c Copy) Update(ctx context.Context, tok *tokencache.Token, now time.Time) error {
	if !c.shared {
		return c.Remove(ctx)
	}
	if c.HoldsSignIn(ctx, now) {
		return nil
	}
	if err := c.dir.Store(ctx, c.key, tok.AccessCopy()); err != nil {
		return fmt.Errorf("tokencopy: share access token: %w", err)
	}
	return nil
}

// Sync makes the files match the setting of the session, which may have changed since tok was
// stored. It is Update, but keeps a copy that is there: that may be newer than tok.
func (c Copy) Sync(ctx context.Context, tok *tokencache.Token, now time.Time) error {
	if c.shared {
		if old, err := c.dir.Load(ctx, c.key); err == nil && old.IsAccessCopy() && !old.ExpiresAt.Before(tok.ExpiresAt) {
			return nil
		}
	}
	return c.Update(ctx, tok, now)
}

// HoldsSignIn reports whether the file holds a sign-in that is valid or can be refreshed, instead of a
// copy. Another tool has stored it, or Latchkey before the session had another store.
func (c Copy) HoldsSignIn(ctx context.Context, now time.Time) bool {
	if c == (Copy{}) {
		return false
	}
	tok, err := c.dir.Load(ctx, c.key)
	return err == nil && !tok.IsAccessCopy() && (!tok.Expired(now) || tok.Refreshable(now))
}

// Remove removes the copy, if any. It leaves a token that another tool has stored there.
func (c Copy) Remove(ctx context.Context) error {
	if c == (Copy{}) {
		return nil
	}
	tok, err := c.dir.Load(ctx, c.key)
	if err != nil || !tok.IsAccessCopy() {
		return nil //nolint:nilerr // there is no copy
	}
	if err := c.dir.Delete(ctx, c.key); err != nil {
		return fmt.Errorf("tokencopy: remove shared access token: %w", err)
	}
	return nil
}

// Path returns the path of the copy, or "" for the zero value.
func (c Copy) Path() string {
	if c == (Copy{}) {
		return ""
	}
	return c.dir.Path(c.key)
}
