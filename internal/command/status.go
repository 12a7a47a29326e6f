package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func (a *app) statusCommand() *cobra.Command {
	var session string
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show whether you are signed in, and until when",
		Long: `Show whether you are signed in, and until when. No request is sent.

Exit code 0 means that credentials are available without signing in, 3 that you
have to sign in first.`,
		Example: `  latchkey status
  latchkey status --all --json
  latchkey status >/dev/null 2>&1 || latchkey login`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := exclusive(cmd, "all", "sso-session"); err != nil {
				return err
			}
			if all {
				return a.statusOfAll(cmd, asJSON)
			}
			signIn, p, err := a.signInOr(cmd, session, func(names []string) (string, error) {
				return "", severalSessions(names, "choose one with --sso-session, or show all with --all")
			})
			if err != nil {
				return err
			}
			st, err := a.statusOf(cmd, signIn, p)
			a.warnOtherSignIn(cmd.Context(), signIn, st.State != stateSignedOut)
			if err != nil {
				return err
			}
			if err := a.printStatus([]status{st}, asJSON, false); err != nil {
				return err
			}
			if st.State == stateSignedIn {
				return nil
			}
			return &provider.LoginRequiredError{
				Profile: st.Profile, Session: st.Session, StartURL: st.StartURL, Reason: st.problem,
			}
		},
	}
	cmd.Flags().StringVar(&session, "sso-session", "", "show this sso-session instead of the profile's")
	cmd.Flags().BoolVar(&all, "all", false, "show every sign-in, in all token stores")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

const (
	stateSignedIn  = "signed-in"  // a token that is valid or can be refreshed
	stateExpired   = "expired"    // a token that has expired and cannot be refreshed
	stateSignedOut = "signed-out" // no token
)

// status describes one sign-in. Times are RFC 3339, and empty if they do not apply.
type status struct {
	Profile              string `json:"profile,omitempty"`
	Session              string `json:"session,omitempty"`
	StartURL             string `json:"startUrl"`
	Region               string `json:"region"`
	State                string `json:"state"`
	TokenExpiresAt       string `json:"tokenExpiresAt,omitempty"`
	Refreshable          bool   `json:"refreshable"`
	RefreshableUntil     string `json:"refreshableUntil,omitempty"`
	RefreshRejectedAt    string `json:"refreshRejectedAt,omitempty"`
	AccountID            string `json:"accountId,omitempty"`
	RoleName             string `json:"roleName,omitempty"`
	CredentialsExpiresAt string `json:"credentialsExpireAt,omitempty"`
	Store                string `json:"store,omitempty"` // where the sign-in is, unless in the usual files
	File                 string `json:"file"`            // empty if the store has no files

	problem  string
	token    *tokencache.Token
	rejected time.Time // when its refresh token was rejected; zero if it was not
	creds    *rolecache.Credentials
}

// describe fills in the state of the token. rejected is when Identity Center rejected its
// refresh token, zero if it did not.
func (st *status) describe(tok *tokencache.Token, refreshable bool, rejected, now time.Time) {
	st.token, st.rejected = tok, rejected
	if !rejected.IsZero() {
		st.RefreshRejectedAt = rejected.UTC().Format(time.RFC3339)
		refreshable = false
	}
	if tok.ExpiresAt.IsZero() { // only in a list: Load rejects such a file
		st.State, st.problem = stateExpired, "the token file is damaged: it does not say when the token expires"
		return
	}
	st.TokenExpiresAt = tok.ExpiresAt.UTC().Format(time.RFC3339)
	st.Refreshable = refreshable
	if refreshable && !tok.RegistrationExpiresAt.IsZero() {
		st.RefreshableUntil = tok.RegistrationExpiresAt.UTC().Format(time.RFC3339)
	}
	st.State = stateSignedIn
	if tok.Expired(now) && !refreshable {
		st.State = stateExpired
		st.problem = "the sign-in expired at " + when(tok.ExpiresAt, now)
		if !rejected.IsZero() {
			st.problem += ", and the refresh token was rejected at " + when(rejected, now)
		}
	}
}

// statusOf returns the status of a sign-in, and of the role of p, which may be nil.
func (a *app) statusOf(cmd *cobra.Command, signIn profile.SignIn, p *profile.Profile) (status, error) {
	store, err := a.store(signIn.Session)
	if err != nil {
		return status{}, err
	}
	key := signIn.Session.CacheKey()
	st := status{
		Profile:  signIn.Profile,
		Session:  signIn.Session.Name,
		StartURL: signIn.Session.StartURL,
		Region:   signIn.Session.Region,
		Store:    storeName(store),
		File:     tokencopy.File(store.Tokens, key),
	}
	tok, err := store.Tokens.Load(cmd.Context(), key)
	var invalid *tokencache.InvalidError
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		st.State, st.problem = stateSignedOut, "not signed in"
	case errors.As(err, &invalid) && invalid.Path == "":
		st.State, st.problem = stateExpired, "the stored token is damaged: "+invalid.Reason
	case errors.As(err, &invalid):
		st.State, st.problem = stateExpired, "the token file is damaged: "+message(err)
	case err != nil:
		return status{}, err
	default:
		rejected := rejectedAt(cmd.Context(), store.Tokens, key, tok)
		st.describe(tok, signIn.Session.Refreshable() && tok.Refreshable(a.now()), rejected, a.now())
	}
	if p != nil && p.AccountID != "" {
		st.AccountID, st.RoleName = p.AccountID, p.RoleName
		a.addRole(cmd, store.Roles, &st)
	}
	return st, nil
}

// addRole adds the cached credentials of the profile's role.
func (a *app) addRole(cmd *cobra.Command, roles rolecache.Cache, st *status) {
	creds, err := roles.Load(cmd.Context(), rolecache.Key{
		Session: st.Session, StartURL: st.StartURL, AccountID: st.AccountID, RoleName: st.RoleName,
	})
	if err == nil && creds.Expires.After(a.now()) {
		st.creds = creds
		st.CredentialsExpiresAt = creds.Expires.UTC().Format(time.RFC3339)
	}
}

// rejectedAt returns when Identity Center rejected the refresh token, or the zero time if no note
// says so.
func rejectedAt(ctx context.Context, cache tokencache.Cache, key string, tok *tokencache.Token) time.Time {
	notes, ok := cache.(tokencache.NoteCache)
	if !ok {
		return time.Time{}
	}
	note, err := notes.LoadNote(ctx, key, tok.RefreshToken)
	if err != nil || note.Outcome != tokencache.RefreshRejected {
		return time.Time{}
	}
	return note.At
}

func (a *app) printStatus(all []status, asJSON, list bool) error {
	if asJSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		if list {
			return enc.Encode(all)
		}
		return enc.Encode(all[0])
	}
	for i, st := range all {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		if err := a.printOne(st); err != nil {
			return err
		}
	}
	return nil
}

// state describes the sign-in and its token.
func (a *app) state(st status) (state, token string) {
	if st.State != stateSignedIn {
		return st.problem, ""
	}
	until := when(st.token.ExpiresAt, a.now())
	switch {
	case !st.rejected.IsZero():
		return "signed in", "until " + until + ", not refreshed: the refresh token was rejected at " + when(st.rejected, a.now())
	case !st.Refreshable:
		return "signed in", "until " + until
	case st.token.Expired(a.now()):
		return "signed in, unless the session has expired", "expired " + until + ", refreshed when it is needed"
	}
	return "signed in, until the session expires", "until " + until + ", then refreshed"
}

func (a *app) printOne(st status) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, oneLine(value))
		}
	}
	row("profile", st.Profile)
	row("session", st.Session)
	row("start URL", st.StartURL)
	state, token := a.state(st)
	row("state", state)
	row("token", token)
	if st.AccountID != "" {
		row("role", st.RoleName+" in account "+st.AccountID)
		if st.creds != nil {
			row("credentials", "cached until "+when(st.creds.Expires, a.now()))
		} else {
			row("credentials", "none cached")
		}
	}
	row("store", st.Store)
	row("file", st.File)
	return w.Flush()
}
