package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// caches checks that the token cache is private and writable.
func (c *checker) caches(ctx context.Context) {
	switch {
	case c.store == nil:
		return
	case c.unreachable():
		c.skip("cache", notChecked)
		return
	}
	tokens := c.store.Tokens
	if cache, ok := tokens.(tokencache.PrivacyChecker); ok {
		dir := c.tokenDir()
		if err := cache.CheckPrivate(ctx); err != nil && !errors.As(err, new(*fs.PathError)) { // CheckWritable explains a path error
			c.warn("cache", "other users can write to "+dir, "chmod go-w "+quoted(dir))
		}
	}
	if err := checkWritable(ctx, tokens, c.session().CacheKey()); err != nil {
		reason, fix := c.notWritable(err)
		c.warn("cache", "refreshed tokens cannot be stored, so other processes will not see them: "+reason, fix)
		return
	}
	c.ok("cache", "tokens can be stored in "+c.store.Name)
	c.roleCache(ctx)
}

// checkWritable checks that a token can be stored. Unlike the cache's own check, it does not create the
// key of encrypted files.
func checkWritable(ctx context.Context, tokens tokencache.Cache, key string) error {
	if encrypted, ok := tokens.(tokencache.EncryptedDir); ok {
		if _, err := encrypted.Cipher.Open(ctx, "", nil); !errors.Is(err, tokencache.ErrUndecryptable) {
			return err
		}
		tokens = encrypted.Dir
	}
	if cache, ok := tokens.(tokencache.WriteChecker); ok {
		return cache.CheckWritable(ctx, key)
	}
	return nil
}

// notWritable describes the error about a token cache that cannot be written.
func (c *checker) notWritable(err error) (reason, fix string) {
	dir := c.tokenDir()
	file, ok := errors.AsType[*fs.PathError](err)
	if ok && (strings.HasPrefix(file.Path, dir) || strings.HasPrefix(dir, file.Path)) { // not that of a key
		return cause(err), "make " + quoted(dir) + " a directory that you can write to"
	}
	return c.Describe(err)
}

// roleCache checks the cached role credentials. Latchkey ignores an invalid file; the AWS CLI may
// not.
func (c *checker) roleCache(ctx context.Context) {
	p := c.profile
	if p == nil || p.AccountID == "" {
		return
	}
	creds, err := c.store.Roles.Load(ctx, rolecache.Key{
		Session: p.Session.Name, StartURL: p.Session.StartURL, AccountID: p.AccountID, RoleName: p.RoleName,
	})
	var invalid *rolecache.InvalidError
	switch {
	case err == nil && creds.Expires.After(c.Now()):
		c.ok("cache", "role credentials are cached until "+creds.Expires.UTC().Format(time.RFC3339)+", and used until then without the sign-in")
	case errors.As(err, &invalid):
		fix := ""
		if invalid.Path != "" {
			fix = "rm " + quoted(invalid.Path)
		}
		c.add(Result{
			Check: "cache", Status: Warning, File: invalid.Path,
			Message: "the cached role credentials are damaged: " + invalid.Reason, Fix: fix,
		})
	}
}

// cause returns the text of the innermost error.
func cause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// signIn checks the cached token.
func (c *checker) signIn(ctx context.Context) {
	switch {
	case c.profile == nil:
		c.skip("sign-in", "no profile to sign in to")
		return
	case c.store == nil:
		c.skip("sign-in", "the token store cannot be opened")
		return
	case c.unreachable():
		c.skip("sign-in", notChecked)
		return
	}
	key := c.profile.Session.CacheKey()
	path := tokencopy.File(c.store.Tokens, key)
	token, err := c.store.Tokens.Load(ctx, key)
	if err == nil {
		c.token = token
		if path != "" {
			c.permissions("sign-in", path, true)
		}
		c.tokenState(ctx, token)
		return
	}
	at := Result{Check: "sign-in", Status: Failed, File: path, Fix: "latchkey login" + c.profileFlag()}
	var invalid *tokencache.InvalidError
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		at.File, at.Message = "", c.notSignedIn(ctx)
	case errors.As(err, &invalid) && path == "":
		at.Message = "the stored token is damaged: " + invalid.Reason
	case errors.As(err, &invalid):
		at.Message = "the token file is damaged: " + invalid.Reason
	case errors.As(err, new(*fs.PathError)):
		at.Message, at.Fix = "the token file cannot be read: "+cause(err), "" // check cache says more
		if errors.Is(err, fs.ErrPermission) {
			at.Fix = ownerFix(path)
		}
	default:
		at.Message, at.Fix = c.Describe(err)
	}
	c.add(at)
}

// notSignedIn says why there is no token.
func (c *checker) notSignedIn(ctx context.Context) string {
	session := c.profile.Session
	other, err := c.store.Tokens.Load(ctx, session.StartURL)
	if err == nil && session.Name != "" && !other.Expired(c.Now()) {
		return "signed in to the start URL, but not to the sso-session, which has a separate sign-in"
	}
	return "not signed in"
}

// tokenState checks when the token expires and whether it can be refreshed.
func (c *checker) tokenState(ctx context.Context, token *tokencache.Token) {
	session := c.profile.Session
	if token.StartURL != "" && starturl.Plain(token.StartURL) != starturl.Plain(session.StartURL) {
		c.warn("sign-in", fmt.Sprintf("the token is for %s, the session for %s", token.StartURL, session.StartURL), "latchkey login"+c.profileFlag())
	}
	now := c.Now()
	refreshable := session.Refreshable() && token.Refreshable(now)
	var note tokencache.RefreshNote
	if cache, ok := c.store.Tokens.(tokencache.NoteCache); ok {
		note, _ = cache.LoadNote(ctx, session.CacheKey(), token.RefreshToken) // a missing note means no outcome
	}
	until := token.ExpiresAt.UTC().Format(time.RFC3339)
	login := "latchkey login" + c.profileFlag()
	switch {
	case refreshable && note.Outcome == tokencache.RefreshRejected && token.Expired(now):
		c.fail("sign-in", "expired, and Identity Center rejected the refresh token at "+note.At.UTC().Format(time.RFC3339), login)
	case refreshable && token.Expired(now):
		c.ok("sign-in", "expired at "+until+"; it will be refreshed")
	case refreshable:
		c.ok("sign-in", "valid until "+until+", then refreshed")
	case token.Expired(now):
		c.fail("sign-in", "expired at "+until+": "+whyNotRefreshable(session.Refreshable(), token, now), login)
	default:
		c.warn("sign-in", "valid until "+until+", but cannot be refreshed: "+whyNotRefreshable(session.Refreshable(), token, now),
			"set sso_registration_scopes = sso:account:access in the sso-session, then "+login)
	}
	if refreshable && !token.RegistrationExpiresAt.IsZero() {
		c.ok("registration", "the client registration is valid until "+token.RegistrationExpiresAt.UTC().Format(time.RFC3339))
	}
}

func whyNotRefreshable(session bool, token *tokencache.Token, now time.Time) string {
	switch {
	case !session:
		return "the profile has no sso-session"
	case token.RefreshToken == "":
		return "there is no refresh token"
	case !token.RegistrationExpiresAt.IsZero() && !now.Before(token.RegistrationExpiresAt):
		return "the client registration has expired"
	}
	return "the token file has no client registration"
}
