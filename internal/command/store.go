package command

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// sharedStore is the setting of the files that AWS tools share.
const sharedStore = "file"

// store opens the store that holds the sign-in of a session.
func (a *app) store(s *profile.Session) (*tokenstore.Store, error) {
	return tokenstore.Open(s.TokenStore, a.drivers...)
}

// tokenSource returns the source of a sign-in's token.
func (a *app) tokenSource(p profile.SignIn) (*ssotoken.Source, error) {
	return ssotoken.New(p, func(o *ssotoken.Options) { o.TokenStores, o.Logger = a.drivers, a.logger() })
}

// allStores opens every store that may hold a sign-in: those in the config files, the one in the
// environment, and last the files that AWS tools share. It skips stores that cannot be opened, and
// returns the errors joined.
func (a *app) allStores() ([]*tokenstore.Store, error) {
	var settings []string
	for _, getenv := range []func(string) string{os.Getenv, withoutStoreVariable} {
		sessions, err := profile.Sessions(func(o *profile.Options) { o.Getenv = getenv })
		if err != nil { // about a line that is no session
			a.debugf("look for token stores: %v", err)
		}
		for _, p := range sessions {
			settings = append(settings, p.Session.TokenStore)
		}
	}
	settings = append(settings, os.Getenv(tokenstore.Variable))
	var failures []error
	shared, err := tokenstore.Open(sharedStore)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{"": true}
	stores := []*tokenstore.Store{}
	for _, setting := range settings {
		if seen[setting] {
			continue
		}
		seen[setting] = true
		store, err := tokenstore.Open(setting, a.drivers...)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		if !contains(append(stores, shared), store) {
			stores = append(stores, store)
		}
	}
	return append(stores, shared), errors.Join(failures...)
}

func withoutStoreVariable(name string) string {
	if name == tokenstore.Variable {
		return ""
	}
	return os.Getenv(name)
}

func contains(stores []*tokenstore.Store, store *tokenstore.Store) bool {
	for _, other := range stores {
		if other.Tokens == store.Tokens {
			return true
		}
	}
	return false
}

// inSharedStore returns a sign-in to the same session in the files that AWS tools share.
func inSharedStore(p profile.SignIn) profile.SignIn {
	session := *p.Session
	session.TokenStore, p.Session = sharedStore, &session
	return p
}

// storeName returns the name of a store for users, or "" if it holds plain files: their path is enough.
func storeName(store *tokenstore.Store) string {
	if _, plain := store.Tokens.(tokencache.Dir); plain {
		return ""
	}
	return store.Name
}

// warnOtherSignIn warns about a sign-in in the files that AWS tools share, beside that in the session's
// store, or instead of it unless inStore. It does not read that store, which may ask the user for its key.
func (a *app) warnOtherSignIn(ctx context.Context, p profile.SignIn, inStore bool) {
	store, _ := a.store(p.Session) // the caller reports the error
	var tokens tokencache.Cache
	if store != nil {
		tokens = store.Tokens
	}
	other := tokencopy.For(p.Session, tokens)
	if !other.HoldsSignIn(ctx, a.now()) {
		return
	}
	which, use, hint := "a", "", "latchkey store copy --from file%s moves it to the session's store"
	if p.Session.ShareAccessToken {
		use = "; AWS tools use it instead of a copy of the access token"
	}
	if inStore {
		which, hint = "another", "latchkey logout%s signs out of both"
	}
	fmt.Fprintf(a.stderr, "latchkey: warning: %s holds %s sign-in to %s, in plain text%s\n", oneLine(other.Path()), which, oneLine(sessionName(p.Session)), use)
	flag := selectingFlag(&provider.LoginRequiredError{Profile: p.Profile, Session: p.Session.Name})
	fmt.Fprintf(a.stderr, "hint: "+hint+"\n", flag)
}

// isShared reports whether AWS tools read the store.
func isShared(store *tokenstore.Store) bool {
	shared, err := tokenstore.Open(sharedStore)
	return err == nil && shared.Tokens == store.Tokens
}

// forgetAssumed deletes the credentials of roles assumed with a session's sign-in, or with any if it
// is nil, from a cache in which package login cannot find them.
func forgetAssumed(ctx context.Context, cache rolecache.Cache, s *profile.Session) error {
	if _, ok := cache.(rolecache.Clearer); ok {
		return nil
	}
	var failures []error
	for p, err := range profile.All() {
		if err != nil || p.RoleARN == "" {
			continue
		}
		if origin := p.Origin().Session; origin != nil && (s == nil || origin.CacheKey() == s.CacheKey()) {
			failures = append(failures, assumerole.Forget(ctx, cache, p))
		}
	}
	return errors.Join(failures...)
}
