package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// world is an Identity Center with a sign-in.
type world struct{ *ssotest.World }

func newWorld(t *testing.T, optFns ...func(*idctest.Options)) *world {
	t.Helper()
	return &world{ssotest.NewWorld(t, optFns...)}
}

const account = ssotest.Account

func (w *world) options(o *provider.Options) {
	o.TokenCache = w.Tokens
	o.Now = w.Now
	o.Logger = w.Logger()
	o.ClientConfig = func() aws.Config { return aws.Config{RetryMaxAttempts: 1} }
}

func (w *world) provider(p *profile.Profile, optFns ...func(*provider.Options)) *provider.Provider {
	w.T.Helper()
	made, err := provider.New(p, append([]func(*provider.Options){w.options}, optFns...)...)
	if err != nil {
		w.T.Fatal(err)
	}
	return made
}

func (w *world) withRoleCache(o *provider.Options) { o.RoleCache = w.Roles }

// TestLifecycle follows a sign-in from the first credentials to its expiry. Each step builds on the
// previous ones.
func TestLifecycle(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.Profile())
	var first, second aws.Credentials

	t.Run("first call requests role credentials", func(t *testing.T) {
		first = ssotest.Retrieve(t, p)
		if !first.HasKeys() || first.SessionToken == "" {
			t.Error("credentials are incomplete")
		}
		if first.AccountID != account || first.Source != provider.Name || !first.CanExpire {
			t.Errorf("AccountID %q, Source %q, CanExpire %t", first.AccountID, first.Source, first.CanExpire)
		}
		w.Count("GetRoleCredentials", 1)
		w.Count("CreateToken", 0)
	})
	t.Run("second call uses memory", func(t *testing.T) {
		if got := ssotest.Retrieve(t, p); got != first {
			t.Error("got other credentials")
		}
		w.Count("GetRoleCredentials", 1)
	})
	t.Run("another provider of the role shares them", func(t *testing.T) {
		if got := ssotest.Retrieve(t, w.provider(w.Profile())); got != first {
			t.Error("got other credentials")
		}
		w.Count("GetRoleCredentials", 1)
	})
	t.Run("token and credentials are renewed before they expire", func(t *testing.T) {
		w.Pass(57 * time.Minute)
		if second = ssotest.Retrieve(t, p); second.AccessKeyID == first.AccessKeyID {
			t.Error("credentials were not renewed")
		}
		w.Count("CreateToken", 1)
		w.Count("GetRoleCredentials", 2)
		if tok := w.Token(); string(tok.AccessToken) == w.SignIn.AccessToken || string(tok.RefreshToken) == w.SignIn.RefreshToken {
			t.Error("the new token is not in the cache")
		}
	})
	t.Run("and after they have expired", func(t *testing.T) {
		w.Pass(5 * time.Hour)
		if third := ssotest.Retrieve(t, p); third.AccessKeyID == second.AccessKeyID {
			t.Error("credentials were not renewed")
		}
		w.Count("CreateToken", 2)
		w.Count("GetRoleCredentials", 3)
	})
	t.Run("bearer token is from the cache", func(t *testing.T) {
		tok, err := p.RetrieveBearerToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tok.Value != string(w.Token().AccessToken) || !tok.CanExpire || !tok.Expires.Equal(w.Token().ExpiresAt) {
			t.Error("got another token")
		}
		w.Count("CreateToken", 2)
	})
	t.Run("until the registration expires", func(t *testing.T) {
		w.Pass(91 * 24 * time.Hour)
		_, err := p.Retrieve(t.Context())
		ssotest.LoginRequired(t, err, "its client registration")
		w.Count("CreateToken", 2) // not even tried
	})
}

func TestExpiryCountsFromRequest(t *testing.T) {
	w := newWorld(t)
	now := w.Now().Add(2 * time.Hour).Truncate(time.Second)
	sent := now
	slow := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		now = now.Add(10 * time.Minute)
		return http.DefaultTransport.RoundTrip(r)
	})}
	p := w.provider(w.Profile(), func(o *provider.Options) {
		o.HTTPClient, o.Now = slow, func() time.Time { return now }
	})
	if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := w.Token().ExpiresAt.Sub(sent); left != time.Hour {
		t.Errorf("token expires %s after the request, want an hour", left)
	}
}

func TestManyCallersOneRefresh(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 20 * time.Millisecond })
	w.Pass(2 * time.Hour)
	providers := make([]*provider.Provider, 50)
	for i := range providers {
		p := w.Profile()
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
	w.Count("CreateToken", 1)
	w.Count("GetRoleCredentials", 2)
}

func TestCanceledCaller(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		client := newHeldClient()
		p := w.provider(w.Profile(), func(o *provider.Options) { o.HTTPClient = client })
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp, stayed := make(chan error, 1), make(chan error, 1)
		go func() { _, err := p.Retrieve(ctx); gaveUp <- err }()
		synctest.Wait() // until the request is sent
		go func() { _, err := p.Retrieve(t.Context()); stayed <- err }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("the canceled caller got %v, want its context's error", err)
		}
		close(client.release)
		if err := <-stayed; err != nil {
			t.Errorf("the other caller got %v", err)
		}
		if n := client.requests.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// heldClient is an HTTP client of a server that responds after release is closed.
type heldClient struct {
	release  chan struct{}
	requests atomic.Int32
}

func newHeldClient() *heldClient { return &heldClient{release: make(chan struct{})} }

func (c *heldClient) Do(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	select {
	case <-c.release:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	body := `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expiration":4000000000000}}`
	if r.Method == http.MethodPost { // CreateToken
		body = `{"accessToken":"new access","refreshToken":"new refresh","expiresIn":3600}`
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestCredentialsCache(t *testing.T) {
	w := newWorld(t)
	cache := aws.NewCredentialsCache(w.provider(w.Profile()), func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = 5 * time.Minute
	})
	first := ssotest.Retrieve(t, cache)
	if got := ssotest.Retrieve(t, cache); got != first {
		t.Error("the cache does not hold the credentials")
	}
	if sources := cache.ProviderSources(); len(sources) != 2 || sources[1] != aws.CredentialSourceSSO {
		t.Errorf("sources %v", sources)
	}
}

func TestAdjustExpiresByLeavesHalf(t *testing.T) {
	w := newWorld(t)
	now := w.Now()
	p := w.provider(w.Profile(), func(o *provider.Options) { o.Now = func() time.Time { return now } })
	for _, tt := range []struct {
		left, by, want time.Duration
	}{
		{time.Hour, -5 * time.Minute, 55 * time.Minute},
		{4 * time.Minute, -5 * time.Minute, 2 * time.Minute},
		{-time.Minute, -5 * time.Minute, -6 * time.Minute},
	} {
		got, err := p.AdjustExpiresBy(aws.Credentials{CanExpire: true, Expires: now.Add(tt.left)}, tt.by)
		if err != nil {
			t.Fatal(err)
		}
		if left := got.Expires.Sub(now); left != tt.want {
			t.Errorf("%s left, moved by %s: %s left, want %s", tt.left, tt.by, left, tt.want)
		}
	}
}

func TestNoSecretsLogged(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.Profile(), func(o *provider.Options) {
		o.RoleCache = w.Roles
		o.ClientConfig = func() aws.Config {
			return aws.Config{ClientLogMode: aws.LogRequestWithBody | aws.LogResponseWithBody | aws.LogRetries}
		}
	})
	ssotest.Retrieve(t, p)
	w.Pass(2 * time.Hour)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 500, Code: "InternalServerException"})
	creds := ssotest.Retrieve(t, p)
	text := w.Log.String() + fmt.Sprintf("%+v %#v %+v %#v", w.Token(), w.SignIn, p, *p)
	if !strings.Contains(text, "CreateToken") {
		t.Fatal("nothing was logged")
	}
	tok := w.Token()
	for _, secret := range []string{
		w.SignIn.AccessToken, w.SignIn.RefreshToken, w.SignIn.ClientSecret,
		string(tok.AccessToken), string(tok.RefreshToken), creds.SecretAccessKey, creds.SessionToken,
	} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret was logged: %.6s...", secret)
		}
	}
}
