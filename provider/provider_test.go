package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const account = "111122223333"

// world is an Identity Center, a token cache with a sign-in in it, and a clock
// that both go by.
type world struct {
	t      *testing.T
	server *idctest.Server
	tokens tokencache.Dir
	roles  rolecache.Dir
	signIn idctest.SignIn
	ahead  atomic.Int64
	log    syncBuilder
}

func newWorld(t *testing.T, optFns ...func(*idctest.Options)) *world {
	t.Helper()
	w := &world{t: t}
	w.server = idctest.NewServer(t, append([]func(*idctest.Options){func(o *idctest.Options) {
		o.Now = w.now
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer", "Auditor"}}}
	}}, optFns...)...)
	home := t.TempDir()
	w.tokens = tokencache.Dir(filepath.Join(home, "sso", "cache"))
	w.roles = rolecache.Dir(filepath.Join(home, "cli", "cache"))
	w.signIn = w.server.SignIn()
	w.writeToken(w.signIn.TokenFile())
	return w
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// pass lets time go by, for the server and the provider.
func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

func (w *world) profile() *profile.Profile {
	return &profile.Profile{
		Name:      "dev",
		Session:   &profile.Session{Name: "corp", StartURL: w.signIn.StartURL, Region: w.signIn.Region},
		AccountID: account,
		RoleName:  "Developer",
		Endpoints: profile.Endpoints{SSO: w.server.URL(), SSOOIDC: w.server.URL()},
	}
}

func (w *world) legacyProfile() *profile.Profile {
	p := w.profile()
	p.Session.Name = ""
	return p
}

func (w *world) options(o *provider.Options) {
	o.TokenCache = w.tokens
	o.Now = w.now
	o.Logger = logging.NewStandardLogger(&w.log)
	o.ClientConfig = func() aws.Config { return aws.Config{RetryMaxAttempts: 1} }
	provider.SetWaits(adoptWait, adoptWait, 0)(o)
}

// adoptWait is how long the tests have a provider wait for another process.
const adoptWait = 300 * time.Millisecond

func (w *world) provider(p *profile.Profile, optFns ...func(*provider.Options)) *provider.Provider {
	w.t.Helper()
	made, err := provider.New(p, append([]func(*provider.Options){w.options}, optFns...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func (w *world) withRoleCache(o *provider.Options) { o.RoleCache = w.roles }

func (w *world) writeToken(data []byte) {
	w.t.Helper()
	path := w.tokens.Path("corp")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	for _, path := range []string{path, w.tokens.Path(w.signIn.StartURL)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) token() *tokencache.Token {
	w.t.Helper()
	tok, err := w.tokens.Load(context.WithoutCancel(w.t.Context()), "corp")
	if err != nil {
		w.t.Fatal(err)
	}
	return tok
}

// edit changes the token in the cache.
func (w *world) edit(change func(*tokencache.Token)) {
	w.t.Helper()
	tok := w.token()
	change(tok)
	if err := w.tokens.Store(context.WithoutCancel(w.t.Context()), "corp", tok); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(operation string, want int) {
	w.t.Helper()
	if got := w.server.Count(operation); got != want {
		w.t.Errorf("%d %s calls, want %d", got, operation, want)
	}
}

func retrieve(t *testing.T, p aws.CredentialsProvider) aws.Credentials {
	t.Helper()
	creds, err := p.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

// loginRequired checks that err is a LoginRequiredError for that reason.
func loginRequired(t *testing.T, err error, reason string) {
	t.Helper()
	var login *provider.LoginRequiredError
	if !errors.As(err, &login) {
		t.Fatalf("got %v, want a LoginRequiredError", err)
	}
	if !strings.Contains(login.Reason, reason) {
		t.Errorf("reason %q, want %q in it", login.Reason, reason)
	}
}

// syncBuilder is a log that many goroutines write.
type syncBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuilder) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuilder) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestLife walks the life of a sign-in, each step on top of the one before.
func TestLife(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.profile())
	var first, second aws.Credentials

	t.Run("first call asks for role credentials", func(t *testing.T) {
		first = retrieve(t, p)
		if !first.HasKeys() || first.SessionToken == "" {
			t.Error("credentials are incomplete")
		}
		if first.AccountID != account || first.Source != provider.Name || !first.CanExpire {
			t.Errorf("AccountID %q, Source %q, CanExpire %t", first.AccountID, first.Source, first.CanExpire)
		}
		w.count("GetRoleCredentials", 1)
		w.count("CreateToken", 0)
	})
	t.Run("second call is answered from memory", func(t *testing.T) {
		if got := retrieve(t, p); got != first {
			t.Error("other credentials")
		}
		w.count("GetRoleCredentials", 1)
	})
	t.Run("another provider of the same role shares them", func(t *testing.T) {
		if got := retrieve(t, w.provider(w.profile())); got != first {
			t.Error("other credentials")
		}
		w.count("GetRoleCredentials", 1)
	})
	t.Run("in their last minutes both are renewed", func(t *testing.T) {
		w.pass(57 * time.Minute)
		if second = retrieve(t, p); second.AccessKeyID == first.AccessKeyID {
			t.Error("credentials were not renewed")
		}
		w.count("CreateToken", 1)
		w.count("GetRoleCredentials", 2)
		if tok := w.token(); string(tok.AccessToken) == w.signIn.AccessToken || string(tok.RefreshToken) == w.signIn.RefreshToken {
			t.Error("the new token is not in the cache")
		}
	})
	t.Run("and again after they have ended", func(t *testing.T) {
		w.pass(5 * time.Hour)
		if third := retrieve(t, p); third.AccessKeyID == second.AccessKeyID {
			t.Error("credentials were not renewed")
		}
		w.count("CreateToken", 2)
		w.count("GetRoleCredentials", 3)
	})
	t.Run("the bearer token is the one in the cache", func(t *testing.T) {
		tok, err := p.RetrieveBearerToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tok.Value != string(w.token().AccessToken) || !tok.CanExpire || !tok.Expires.Equal(w.token().ExpiresAt) {
			t.Error("another token")
		}
		w.count("CreateToken", 2)
	})
	t.Run("until the registration ends", func(t *testing.T) {
		w.pass(91 * 24 * time.Hour)
		_, err := p.Retrieve(t.Context())
		loginRequired(t, err, "its client registration")
		w.count("CreateToken", 2) // not even tried
	})
}

func TestExpiryCountsFromWhenTheRequestWasSent(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	sent := w.now()
	slow := &slowClient{answer: func() { w.pass(10 * time.Minute) }}
	if _, err := w.provider(w.profile(), func(o *provider.Options) { o.HTTPClient = slow }).RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := w.token().ExpiresAt.Sub(sent); left < 59*time.Minute || left > time.Hour+time.Second {
		t.Errorf("token expires %s after the request, want an hour", left)
	}
}

// slowClient lets the clock run on before it hands an answer over.
type slowClient struct{ answer func() }

func (c *slowClient) Do(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultClient.Do(r)
	c.answer()
	return resp, err
}

func TestManyCallersOneRefresh(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 20 * time.Millisecond })
	w.pass(2 * time.Hour)
	providers := make([]*provider.Provider, 50)
	for i := range providers {
		p := w.profile()
		p.Name = fmt.Sprintf("profile-%d", i)
		if i%2 == 1 {
			p.RoleName = "Auditor"
		}
		providers[i] = w.provider(p)
	}
	var wg sync.WaitGroup
	errs := make(chan error, 1000)
	for i := range 1000 {
		wg.Go(func() {
			if _, err := providers[i%len(providers)].Retrieve(t.Context()); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	w.count("CreateToken", 1)
	w.count("GetRoleCredentials", 2)
}

func TestCallerWhoGivesUpLeavesTheOthers(t *testing.T) {
	w := newWorld(t)
	w.server.Fail("GetRoleCredentials", idctest.Fault{Delay: 300 * time.Millisecond})
	p := w.provider(w.profile())
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := p.Retrieve(ctx)
		gaveUp <- err
	}()
	for w.server.Count("GetRoleCredentials") == 0 {
		time.Sleep(time.Millisecond)
	}
	stayed := make(chan error)
	go func() {
		_, err := p.Retrieve(t.Context())
		stayed <- err
	}()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up got %v, want its context's error", err)
	}
	if err := <-stayed; err != nil {
		t.Errorf("who stayed got %v", err)
	}
	w.count("GetRoleCredentials", 1)
}

func TestCredentialsCache(t *testing.T) {
	w := newWorld(t)
	cache := aws.NewCredentialsCache(w.provider(w.profile()), func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = 5 * time.Minute
	})
	first := retrieve(t, cache)
	if got := retrieve(t, cache); got != first {
		t.Error("the cache does not hold the credentials")
	}
	if sources := cache.ProviderSources(); len(sources) != 2 || sources[1] != aws.CredentialSourceSSO {
		t.Errorf("sources %v", sources)
	}
}

func TestAdjustExpiresByLeavesHalf(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.profile())
	for _, tt := range []struct {
		left, by, want time.Duration
	}{
		{time.Hour, -5 * time.Minute, 55 * time.Minute},
		{4 * time.Minute, -5 * time.Minute, 2 * time.Minute},
		{-time.Minute, -5 * time.Minute, -6 * time.Minute},
	} {
		now := w.now()
		got, err := p.AdjustExpiresBy(aws.Credentials{CanExpire: true, Expires: now.Add(tt.left)}, tt.by)
		if err != nil {
			t.Fatal(err)
		}
		if diff := got.Expires.Sub(now) - tt.want; diff < -time.Second || diff > time.Second {
			t.Errorf("%s left, moved by %s: %s left, want %s", tt.left, tt.by, got.Expires.Sub(now), tt.want)
		}
	}
}

func TestNoSecretIsLogged(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.RoleCache = w.roles
		o.ClientConfig = func() aws.Config {
			return aws.Config{ClientLogMode: aws.LogRequestWithBody | aws.LogResponseWithBody | aws.LogRetries}
		}
	})
	retrieve(t, p)
	w.pass(2 * time.Hour)
	w.server.Fail("CreateToken", idctest.Fault{Status: 500, Code: "InternalServerException"})
	creds := retrieve(t, p)
	text := w.log.String() + fmt.Sprintf("%+v %#v %+v %#v", w.token(), w.signIn, p, *p)
	if !strings.Contains(text, "CreateToken") {
		t.Fatal("nothing was logged")
	}
	tok := w.token()
	for _, secret := range []string{
		w.signIn.AccessToken, w.signIn.RefreshToken, w.signIn.ClientSecret,
		string(tok.AccessToken), string(tok.RefreshToken), creds.SecretAccessKey, creds.SessionToken,
	} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret was logged: %.6s...", secret)
		}
	}
}
