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

	// Credentials gives the credentials; Retrieve is not called concurrently with itself. The
	// server keeps what it gets, so an aws.CredentialsCache around the provider would only
	// hold back renewals. It must not be nil.
	Credentials aws.CredentialsProvider `json:"-"`

	// Check is asked every 30 seconds at least whether the credentials in memory may still be
	// served. Where they may not, as the user has signed out, it returns an error that says why:
	// the server drops them and calls Credentials.Retrieve. It is not called concurrently with
	// itself. Nil means that they are served until they expire.
	Check func(context.Context) error `json:"-"`

	// Role is what log records call the role, such as "111122223333/Developer". What follows
	// the last slash is its name in the IMDS of [Server.IMDSEndpoint]. May be empty.
	Role string
}

// Format writes the names of the profile and its role, whatever the verb is: a provider may
// hold its secrets in fields that print.
func (p Profile) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Name:%q Role:%q}", p.Name, p.Role)
}

// Options says what a Server serves. Only Profiles has to be set.
type Options struct {
	// Profiles are what is served, at least one.
	Profiles []Profile

	// Hosts are names that a request may have in its Host header beside the loopback names and
	// the address it came in at: "creds.internal" with any port, "creds.internal:8080" with
	// that one. A name that an attacker can point at this machine opens the door to DNS
	// rebinding.
	Hosts []string

	// RenewBefore is how long before their expiry credentials are renewed, up to a quarter
	// earlier by chance. Zero means 20 minutes, so that a client finds 15 minutes left: below
	// that, botocore asks again on every call. Credentials that live for less than 27 minutes
	// are renewed when a quarter of the time has passed.
	RenewBefore time.Duration

	// IMDS turns on [Server.IMDSEndpoint].
	IMDS bool

	// Describe returns the message of the error responses for a provider's error, such as one
	// with the command to sign in again. Nil means the text of the error.
	Describe func(error) string

	// Logger receives a record of each request and each renewal. Nil means silence.
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

// Server serves credentials. It is an http.Handler for those who have an HTTP server;
// [Server.Serve] is one with the bounds that the package promises. It is safe for concurrent
// use. Make one with [New].
type Server struct {
	opts        Options
	profiles    map[string]*served
	http        *http.Server
	connections connLimit
	imdsKey     [32]byte // signs the session tokens of IMDS
	stop        context.CancelFunc
	renewals    sync.WaitGroup
}

// served is one profile, what opens it, and its credentials.
type served struct {
	Profile
	key     keyring // of Authorization
	imdsKey keyring // of IMDSEndpoint
	held    *held
}

// New returns a Server with a new token for each profile. It calls no provider yet. It
// fails for options without a profile, and for a profile without a name or provider or
// with the name of another.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	if len(opts.Profiles) == 0 {
		return nil, errors.New("credserver: no profiles to serve")
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{opts: opts, profiles: map[string]*served{}, stop: stop, imdsKey: newKey(), connections: connLimit{most: maxConnections}}
	slots := make(chan struct{}, renewalsAtOnce)
	for _, p := range opts.Profiles {
		switch {
		case p.Name == "" || p.Credentials == nil:
			stop()
			return nil, fmt.Errorf("credserver: profile %q: it needs a name and credentials", p.Name)
		case s.profiles[p.Name] != nil:
			stop()
			return nil, fmt.Errorf("credserver: profile %q: it is there twice", p.Name)
		}
		served := &served{Profile: p, held: newHeld(ctx, s, p, slots)}
		served.key.change(opts.Now(), 0)
		served.imdsKey.change(opts.Now(), 0)
		s.profiles[p.Name] = served
	}
	s.http = s.newHTTPServer()
	return s, nil
}

// Path returns the path of a profile, which follows http://host:port in
// AWS_CONTAINER_CREDENTIALS_FULL_URI.
func (*Server) Path(profile string) string { return pathPrefix + url.PathEscape(profile) }

// Token returns what a client has to send in the Authorization header to get the credentials
// of a profile, as it is or after "Bearer "; "" if the profile is not served.
func (s *Server) Token(profile string) Secret {
	p := s.profiles[profile]
	if p == nil {
		return ""
	}
	return p.key.secret()
}

// Rotate gives a profile a new token and returns it. The old one is accepted for grace more,
// for clients that have just read it; those before it no longer are. It returns "" if
// the profile is not served.
func (s *Server) Rotate(profile string, grace time.Duration) Secret {
	p := s.profiles[profile]
	if p == nil {
		return ""
	}
	return p.key.change(s.opts.Now(), grace)
}

// Warm fetches the credentials of all profiles that are not in memory, and waits until
// that has succeeded or failed, or ctx is done. It returns the errors, joined. The server
// goes on trying by itself.
func (s *Server) Warm(ctx context.Context) error {
	errs := make([]error, len(s.opts.Profiles))
	var wg sync.WaitGroup
	for i, p := range s.opts.Profiles {
		wg.Go(func() { _, errs[i] = s.profiles[p.Name].held.get(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Format prints the server without its tokens, whatever the verb.
func (s *Server) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credserver.Server(%d profiles)", len(s.profiles))
}
