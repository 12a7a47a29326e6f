package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// caches checks that the directories of the caches are private and writable.
func (e *exam) caches(ctx context.Context) {
	if err := e.Tokens.CheckPrivate(ctx); err != nil {
		e.warn("cache", "other users can write to "+string(e.Tokens), "chmod go-w "+string(e.Tokens))
	}
	key := "latchkey-doctor"
	if e.profile != nil {
		key = e.profile.Session.CacheKey()
	}
	if err := e.Tokens.CheckWritable(ctx, key); err != nil {
		e.warn("cache", "a refreshed sign-in cannot be stored, so other processes will not see it: "+cause(err), "make "+string(e.Tokens)+" writable")
		return
	}
	e.ok("cache", "sign-ins can be stored in "+string(e.Tokens))
	e.roleCache(ctx)
}

// roleCache checks the cached role credentials. Latchkey passes over a damaged file; the
// AWS CLI may not.
func (e *exam) roleCache(ctx context.Context) {
	p := e.profile
	if p == nil || p.AccountID == "" {
		return
	}
	_, err := e.Roles.Load(ctx, rolecache.Key{
		Session: p.Session.Name, StartURL: p.Session.StartURL, AccountID: p.AccountID, RoleName: p.RoleName,
	})
	var invalid *rolecache.InvalidError
	if errors.As(err, &invalid) {
		e.add(Result{
			Check: "cache", Status: Warning, File: invalid.Path,
			Message: "the cached role credentials are damaged: " + invalid.Reason, Fix: "rm " + invalid.Path,
		})
	}
}

// cause is the innermost error.
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
func (e *exam) signIn(ctx context.Context) {
	if e.profile == nil {
		e.skip("sign-in", "no profile to sign in to")
		return
	}
	session := e.profile.Session
	path := e.Tokens.Path(session.CacheKey())
	token, err := e.Tokens.Load(ctx, session.CacheKey())
	var invalid *tokencache.InvalidError
	at := Result{Check: "sign-in", Status: Failed, File: path, Fix: "latchkey login" + e.ofProfile()}
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		at.File, at.Message = "", "not signed in"
		if other, err := e.Tokens.Load(ctx, session.StartURL); err == nil && session.Name != "" && !other.Expired(e.Now()) {
			at.Message = "signed in to the start URL, but not to the sso-session, which is another sign-in"
		}
	case errors.As(err, &invalid):
		at.Message = "the token file is damaged: " + invalid.Reason
	case err != nil:
		at.Message, at.Fix = "the token file cannot be read: "+cause(err), ownerFix(path)
	default:
		e.token = token
		e.permissions("sign-in", path, true)
		e.tokenState(ctx, token)
		return
	}
	e.add(at)
}

// tokenState checks how long the token is of use.
func (e *exam) tokenState(ctx context.Context, token *tokencache.Token) {
	session := e.profile.Session
	if token.StartURL != "" && starturl.Plain(token.StartURL) != starturl.Plain(session.StartURL) {
		e.warn("sign-in", fmt.Sprintf("the token is for %s, the session for %s", token.StartURL, session.StartURL), "latchkey login"+e.ofProfile())
	}
	now := e.Now()
	refreshable := session.Refreshable() && token.Refreshable(now)
	note, _ := e.Tokens.LoadNote(ctx, session.CacheKey(), token.RefreshToken) // without one, nothing is known
	until := token.ExpiresAt.UTC().Format(time.RFC3339)
	login := "latchkey login" + e.ofProfile()
	switch {
	case refreshable && note.Outcome == tokencache.RefreshRejected && token.Expired(now):
		e.fail("sign-in", "expired, and Identity Center rejected the refresh token at "+note.At.UTC().Format(time.RFC3339), login)
	case refreshable && token.Expired(now):
		e.ok("sign-in", "expired at "+until+"; it will be refreshed")
	case refreshable:
		e.ok("sign-in", "valid until "+until+", then refreshed")
	case token.Expired(now):
		e.fail("sign-in", "expired at "+until+": "+whyNotRefreshable(session.Refreshable(), token, now), login)
	default:
		e.warn("sign-in", "valid until "+until+", but cannot be refreshed: "+whyNotRefreshable(session.Refreshable(), token, now),
			"set sso_registration_scopes = sso:account:access in the sso-session, then "+login)
	}
	if refreshable && !token.RegistrationExpiresAt.IsZero() {
		e.ok("registration", "the client registration is valid until "+token.RegistrationExpiresAt.UTC().Format(time.RFC3339))
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
	return "the file lacks the client registration"
}
