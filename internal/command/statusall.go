package command

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// statusOfAll shows every token in every store, whichever tool stored it.
func (a *app) statusOfAll(cmd *cobra.Command, asJSON bool) error {
	stores, err := a.allStores()
	failures := []error{err}
	all := []status{}
	for _, store := range stores {
		found, err := a.listStatus(cmd.Context(), store)
		all, failures = append(all, found...), append(failures, err)
	}
	if err := a.printStatus(all, asJSON, true); err != nil {
		return err
	}
	err = errors.Join(failures...)
	if len(all) == 0 && err == nil {
		fmt.Fprintln(a.stderr, "No sign-ins on this machine.")
	}
	return err
}

// listStatus returns the status of every token in a store, except copies of tokens in other stores.
func (a *app) listStatus(ctx context.Context, store *tokenstore.Store) ([]status, error) {
	_, sessions, err := profile.Names()
	if err != nil {
		a.debugf("list sso-sessions: %v", err)
	}
	entries, err := entriesOf(ctx, store.Tokens, sessions)
	if err != nil {
		return nil, err
	}
	all := make([]status, 0, len(entries))
	for _, entry := range entries {
		if entry.Token.IsAccessCopy() {
			continue
		}
		st := status{
			StartURL: entry.Token.StartURL, Region: entry.Token.Region,
			Store: storeName(store), File: tokencopy.File(store.Tokens, entry.Key),
		}
		if slices.Contains(sessions, entry.Key) {
			st.Session = entry.Key
		}
		named := entry.Key != entry.Token.StartURL
		rejected := rejectedAt(ctx, store.Tokens, entry.Key, entry.Token)
		st.describe(entry.Token, named && entry.Token.Refreshable(a.now()), rejected, a.now())
		all = append(all, st)
	}
	return all, nil
}

// entriesOf returns the tokens in a cache. Of a cache that cannot list them, it returns those of the
// sessions.
func entriesOf(ctx context.Context, cache tokencache.Cache, sessions []string) ([]tokencache.Entry, error) {
	if lister, ok := cache.(tokencache.Lister); ok {
		return lister.Entries(ctx, sessions...)
	}
	var entries []tokencache.Entry
	for _, key := range sessions {
		tok, err := cache.Load(ctx, key)
		switch {
		case err == nil:
			entries = append(entries, tokencache.Entry{Key: key, Token: tok})
		case !errors.Is(err, tokencache.ErrNotFound) && !errors.As(err, new(*tokencache.InvalidError)):
			return nil, err
		}
	}
	return entries, nil
}
