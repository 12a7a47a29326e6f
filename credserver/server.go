package credserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Secret is a string that prints as [redacted]. string(s) returns the value.
type Secret = redact.Secret

// Profile is a named source of credentials to serve.
type Profile struct {
	// Name is the last element of the path. It must be unique and not empty.
	Name string

	// Credentials provides the credentials. It must not be nil. The server calls Retrieve from one
	// goroutine at a time and caches the result: do not wrap the provider in an
	// aws.CredentialsCache, which would delay renewals.
	Credentials aws.CredentialsProvider `json:"-"`

	// Check, if not nil, is called at least every 30 seconds, from one goroutine at a time. If it
	// returns an error, for example because the user has signed out, the server drops the cached
	// credentials and calls Credentials.Retrieve. Nil means that credentials are served until they
	// expire.
	Check func(context.Context) error `json:"-"`

	// Role is the name of the role in log records, such as "111122223333/Developer"; may be empty.
	// The part after the last slash is its name in IMDS, see [Server.IMDSEndpoint].
	Role string
}

// Format prints only the names of the profile and its role, for every verb: the provider may hold
// secrets.
func (p Profile) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Name:%q Role:%q}", p.Name, p.Role)
}

// Options configures a [Server]. Only Profiles is required.
type Options struct {
	// Profiles are the profiles to serve. There must be at least one.
	Profiles []Profile

	// Hosts are additional names to accept in the Host header: "creds.internal" with any port,
	// "creds.internal:8080" with that port. Loopback names and the address of the connection are
	// always accepted. A name whose DNS records an attacker controls allows DNS rebinding.
	Hosts []string

	// RenewBefore is how long before they expire credentials are renewed, plus a random time of up
	// to a quarter of that. Zero means 20 minutes, so that clients get credentials that are valid
	// for at least 15 minutes: with less, botocore refreshes on every call. Credentials with a
	// lifetime below 27 minutes are renewed after a quarter of it.
	RenewBefore time.Duration

	// IMDS enables [Server.IMDSEndpoint].
	IMDS bool

	// Describe returns the message of an error response for a provider's error. It may add how to
	// sign in. Nil means the text of the error.
	Describe func(error) string

	// Logger receives a record of each request and each renewal. Nil means no logs.
	Logger *slog.Logger

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.RenewBefore <= 0 {
		o.RenewBefore = 20 * time.Minute
	}
	if o.Describe == nil {
		o.Describe = error.Error
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	return o
}

// Server serves credentials. It is an http.Handler; [Server.Serve] runs it with the limits in the
// package comment. It is safe for concurrent use. Create one with [New].
type Server struct {
	opts        Options
	profiles    map[string]*served
	http        *http.Server
	connections connLimit
	imdsKey     [32]byte // signs IMDS session tokens
	stop        context.CancelFunc
	renewals    sync.WaitGroup
}

// served is a profile with its tokens and credentials.
type served struct {
	Profile
	key     keyring // for Authorization
	imdsKey keyring // for IMDSEndpoint
	held    *held
}

// New returns a Server with a new token for each profile. It does not call the providers. It fails if
// there are no profiles, or if a profile has no name, no provider or a duplicate name.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	if len(opts.Profiles) == 0 {
		return nil, errors.New("credserver: no profiles to serve")
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{opts: opts, profiles: map[string]*served{}, stop: stop, imdsKey: newKey(), connections: connLimit{max: connectionLimit()}}
	slots := make(chan struct{}, maxRenewals)
	for _, p := range opts.Profiles {
		switch {
		case p.Name == "" || p.Credentials == nil:
			stop()
			return nil, fmt.Errorf("credserver: profile %q has no name or no credentials", p.Name)
		case s.profiles[p.Name] != nil:
			stop()
			return nil, fmt.Errorf("credserver: duplicate profile %q", p.Name)
		}
		served := &served{Profile: p, held: newHeld(ctx, s, p, slots)}
		served.key.rotate(opts.Now(), 0)
		served.imdsKey.rotate(opts.Now(), 0)
		s.profiles[p.Name] = served
	}
	s.http = s.newHTTPServer()
	return s, nil
}

// Path returns the path of a profile's URL, for AWS_CONTAINER_CREDENTIALS_FULL_URI.
func (*Server) Path(profile string) string { return pathPrefix + url.PathEscape(profile) }

// Token returns the token of a profile; empty if the profile is not served. Clients send it in the
// Authorization header, with or without "Bearer ".
func (s *Server) Token(profile string) Secret {
	p := s.profiles[profile]
	if p == nil {
		return ""
	}
	return p.key.secret()
}

// Rotate replaces the token of a profile and returns the new one; empty if the profile is not served.
// The previous token stays valid for grace, for clients that have just read it. Earlier tokens are
// rejected.
func (s *Server) Rotate(profile string, grace time.Duration) Secret {
	p := s.profiles[profile]
	if p == nil {
		return ""
	}
	return p.key.rotate(s.opts.Now(), grace)
}

// Warm fetches the credentials that are not in memory yet. It returns the joined errors once every
// profile has credentials or an error, or ctx is done. The server retries failed profiles.
func (s *Server) Warm(ctx context.Context) error {
	errs := make([]error, len(s.opts.Profiles))
	var wg sync.WaitGroup
	for i, p := range s.opts.Profiles {
		wg.Go(func() { _, errs[i] = s.profiles[p.Name].held.get(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Format prints the number of profiles and no tokens, for every verb.
func (s *Server) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credserver.Server(%d profiles)", len(s.profiles))
}
