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

// Secret is a string that prints as [redacted]; string(s) is its value.
type Secret = redact.Secret

// Profile is one set of credentials to serve.
type Profile struct {
	// Name is the last part of the path. It must not be empty, and no two profiles of a
	// server may have the same.
	Name string

	// Credentials is the provider of the credentials. It must not be nil. The server calls Retrieve
	// from one goroutine at a time and keeps the result: do not wrap the provider in an
	// aws.CredentialsCache, which would delay renewals.
	Credentials aws.CredentialsProvider `json:"-"`

	// Check, when not nil, is called at least every 30 seconds, from one goroutine at a time. If the
	// credentials in memory must no longer be served, because the user has signed out, it returns
	// an error that says why. The server then drops them and calls Credentials.Retrieve. Nil means
	// that credentials are served until they expire.
	Check func(context.Context) error `json:"-"`

	// Role is the role's name in log records, such as "111122223333/Developer". The part after the
	// last slash is its name in IMDS (see [Server.IMDSEndpoint]). May be empty.
	Role string
}

// Format writes the names of the profile and its role, whatever the verb. The provider may have
// secrets in fields that would print.
func (p Profile) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Name:%q Role:%q}", p.Name, p.Role)
}

// Options configures a Server. Only Profiles is required.
type Options struct {
	// Profiles are the profiles to serve, at least one.
	Profiles []Profile

	// Hosts are names to accept in the Host header, besides loopback names and the address of the
	// connection: "creds.internal" with any port, "creds.internal:8080" with that port. A name
	// whose DNS records an attacker controls allows DNS rebinding.
	Hosts []string

	// RenewBefore is how long before they expire credentials are renewed, plus up to a quarter of
	// that at random. Zero means 20 minutes: clients then get credentials valid for at least 15
	// minutes, below which botocore asks again on every call. Credentials that live for less than 27
	// minutes are renewed after a quarter of their lifetime.
	RenewBefore time.Duration

	// IMDS turns on [Server.IMDSEndpoint].
	IMDS bool

	// Describe returns the message of an error response for a provider's error. It may add the
	// command to sign in. Nil means the error's text.
	Describe func(error) string

	// Logger receives a record of each request and each renewal. Nil discards them.
	Logger *slog.Logger

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// withDefaults returns o with the defaults filled in.
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

// Server serves credentials. It is an http.Handler; [Server.Serve] runs it with the bounds that the
// package comment promises. It is safe for concurrent use. Make one with [New].
type Server struct {
	opts        Options
	profiles    map[string]*served
	http        *http.Server
	connections connLimit
	imdsKey     [32]byte // signs the session tokens of IMDS
	stop        context.CancelFunc
	renewals    sync.WaitGroup
}

// served is a profile with its tokens and credentials.
type served struct {
	Profile
	key     keyring // of Authorization
	imdsKey keyring // of IMDSEndpoint
	held    *held
}

// New returns a Server with a new token for each profile. It does not call the providers. It fails if
// there is no profile, if a profile has no name or no provider, and if two have the same name.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	if len(opts.Profiles) == 0 {
		return nil, errors.New("credserver: no profiles to serve")
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{opts: opts, profiles: map[string]*served{}, stop: stop, imdsKey: newKey(), connections: connLimit{most: connectionLimit()}}
	slots := make(chan struct{}, renewalsAtOnce)
	for _, p := range opts.Profiles {
		switch {
		case p.Name == "" || p.Credentials == nil:
			stop()
			return nil, fmt.Errorf("credserver: profile %q: name or credentials are missing", p.Name)
		case s.profiles[p.Name] != nil:
			stop()
			return nil, fmt.Errorf("credserver: profile %q: two profiles have this name", p.Name)
		}
		served := &served{Profile: p, held: newHeld(ctx, s, p, slots)}
		served.key.change(opts.Now(), 0)
		served.imdsKey.change(opts.Now(), 0)
		s.profiles[p.Name] = served
	}
	s.http = s.newHTTPServer()
	return s, nil
}

// Path returns the path of a profile in AWS_CONTAINER_CREDENTIALS_FULL_URI, after http://host:port.
func (*Server) Path(profile string) string { return pathPrefix + url.PathEscape(profile) }

// Token returns the token of a profile. Clients send it in the Authorization header, as it is or after
// "Bearer ". It is empty if the profile is not served.
func (s *Server) Token(profile string) Secret {
	p := s.profiles[profile]
	if p == nil {
		return ""
	}
	return p.key.secret()
}

// Rotate replaces the token of a profile and returns the new one. The previous token is accepted for
// grace longer, for clients that have just read it; earlier tokens are rejected. The result is empty if
// the profile is not served.
func (s *Server) Rotate(profile string, grace time.Duration) Secret {
	p := s.profiles[profile]
	if p == nil {
		return ""
	}
	return p.key.change(s.opts.Now(), grace)
}

// Warm fetches the credentials of all profiles that are not in memory. It returns when each profile has
// credentials or an error, or when ctx is done, with the errors joined. The server retries by itself.
func (s *Server) Warm(ctx context.Context) error {
	errs := make([]error, len(s.opts.Profiles))
	var wg sync.WaitGroup
	for i, p := range s.opts.Profiles {
		wg.Go(func() { _, errs[i] = s.profiles[p.Name].held.get(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Format writes the server without its tokens, whatever the verb.
func (s *Server) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credserver.Server(%d profiles)", len(s.profiles))
}
