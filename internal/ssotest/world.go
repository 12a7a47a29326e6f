// Package ssotest is what the tests of several packages share: an Identity Center, caches with a
// sign-in, and a clock.
package ssotest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Account is the account that the user of a World has.
const Account = "111122223333"

// World is an Identity Center, a token cache with a sign-in in it, and a clock for both.
type World struct {
	T      *testing.T
	Server *idctest.Server
	Tokens Dir
	Roles  Roles
	SignIn idctest.SignIn
	Log    Log

	ahead atomic.Int64
}

// NewWorld returns a World with the roles Developer and Auditor.
func NewWorld(t *testing.T, optFns ...func(*idctest.Options)) *World {
	t.Helper()
	w := &World{T: t}
	w.Server = idctest.NewServer(t, append([]func(*idctest.Options){func(o *idctest.Options) {
		o.Now = w.Now
		o.Accounts = []idctest.Account{{ID: Account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer", "Auditor"}}}
	}}, optFns...)...)
	home := t.TempDir()
	w.Tokens = Dir{tokencache.Dir(filepath.Join(home, "sso", "cache"))}
	w.Roles = Roles{rolecache.Dir(filepath.Join(home, "cli", "cache"))}
	w.SignIn = w.Server.SignIn()
	w.WriteToken(w.SignIn.TokenFile())
	return w
}

// Now is the time in the World.
func (w *World) Now() time.Time {
	return time.Now().Add(time.Duration(w.ahead.Load())) //nolint:forbidigo // the clock that is injected
}

// Pass moves the clock of the server and the client forward.
func (w *World) Pass(d time.Duration) { w.ahead.Add(int64(d)) }

// Config returns a config file with the sso-session corp, and the profile dev for the role Developer of [Account].
func Config(startURL, ssoRegion string) string {
	return `[sso-session corp]
sso_start_url = ` + startURL + `
sso_region = ` + ssoRegion + `
sso_registration_scopes = sso:account:access

[profile dev]
sso_session = corp
sso_account_id = ` + Account + `
sso_role_name = Developer
region = eu-west-1
`
}

// Profile returns a profile with a session and a role.
func (w *World) Profile() *profile.Profile {
	return &profile.Profile{
		Name:       "dev",
		Session:    &profile.Session{Name: "corp", StartURL: w.SignIn.StartURL, Region: w.SignIn.Region},
		AccountID:  Account,
		RoleName:   "Developer",
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: w.Server.URL(), SSOOIDC: w.Server.URL()}},
	}
}

// LegacyProfile returns a profile without an sso-session.
func (w *World) LegacyProfile() *profile.Profile {
	p := w.Profile()
	p.Session.Name = ""
	return p
}

// Logger writes to w.Log.
func (w *World) Logger() logging.Logger { return logging.NewStandardLogger(&w.Log) }

// WriteToken writes the token files of both profiles, in place.
func (w *World) WriteToken(data []byte) {
	w.T.Helper()
	path := w.Tokens.Path("corp")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.T.Fatal(err)
	}
	for _, path := range []string{path, w.Tokens.Path(w.SignIn.StartURL)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			w.T.Fatal(err)
		}
	}
}

// Token returns the token in the cache.
func (w *World) Token() *tokencache.Token {
	w.T.Helper()
	tok, err := w.Tokens.Load(context.WithoutCancel(w.T.Context()), "corp")
	if err != nil {
		w.T.Fatal(err)
	}
	return tok
}

// Edit changes the token in the cache.
func (w *World) Edit(change func(*tokencache.Token)) {
	w.T.Helper()
	tok := w.Token()
	change(tok)
	if err := w.Tokens.Store(context.WithoutCancel(w.T.Context()), "corp", tok); err != nil {
		w.T.Fatal(err)
	}
}

// Count checks how often the server was called.
func (w *World) Count(operation string, want int) {
	w.T.Helper()
	if got := w.Server.Count(operation); got != want {
		w.T.Errorf("%d %s calls, want %d", got, operation, want)
	}
}

// Retrieve returns the credentials of a provider.
func Retrieve(t *testing.T, p aws.CredentialsProvider) aws.Credentials {
	t.Helper()
	creds, err := p.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

// Log is a log that many goroutines write.
type Log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
