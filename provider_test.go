package latchkey_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// These are end-to-end tests, with config and token files as the AWS CLI writes them, the SDK's loader, and a
// fake Identity Center.

const account, second = "111122223333", "444455556666"

var configFile = ssotest.Config("https://d-0123456789.awsapps.com/start", "us-east-1") + `
[profile foo bar]
region = nowhere-1

[default]
endpoint_url = http://127.0.0.1:1
region = nowhere-2

[profile "foo bar"]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-north-1

[profile 'written by the CLI']
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-south-1

[profile 'Größe (neu)']
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-central-2

[profile legacy]
sso_start_url = https://d-0123456789.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-2

[profile bearer]
sso_session = corp
region = eu-west-3

[profile keys]
aws_access_key_id = AKIDPROFILE
aws_secret_access_key = profile-secret
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile plain]
aws_access_key_id = AKIDPLAIN
aws_secret_access_key = plain-secret
region = eu-central-1

[profile admin]
role_arn = arn:aws:iam::444455556666:role/Admin
source_profile = dev
role_session_name = me
external_id = ext
region = eu-west-1

[profile deep]
role_arn = arn:aws:iam::777788889999:role/Deep
source_profile = admin
region = eu-west-1

[profile round]
role_arn = arn:aws:iam::777788889999:role/Round
source_profile = about
region = eu-west-1

[profile about]
role_arn = arn:aws:iam::777788889999:role/About
source_profile = round

[profile lost]
sso_session = elsewhere
sso_account_id = 111122223333
sso_role_name = Developer
`

// newHome creates a home directory with a sign-in and points the environment at it.
func newHome(t *testing.T) (*idctest.Server, *idctest.HomeDir) {
	t.Helper()
	server := idctest.NewServer(t, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}, {ID: second, Name: "dev2", Email: "dev2@example.com", Roles: []string{"Developer"}}}
	})
	home := idctest.Home(t, server)
	home.Write("config", configFile)
	home.SignIn("corp", "https://d-0123456789.awsapps.com/start")
	return server, home
}

func load(t *testing.T, optFns ...func(*config.LoadOptions) error) aws.Config {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), optFns...)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func count(t *testing.T, server *idctest.Server, operation string, want int) {
	t.Helper()
	if got := server.Count(operation); got != want {
		t.Errorf("%d %s calls, want %d", got, operation, want)
	}
}

func TestWithProfile(t *testing.T) {
	for _, tt := range []struct{ name, region string }{
		{"dev", "eu-west-1"},
		{"foo bar", "eu-north-1"},
		{"written by the CLI", "eu-south-1"},
		{"Größe (neu)", "eu-central-2"},
		{"legacy", "eu-west-2"},
		{"keys", "eu-west-1"}, // for a named profile, SSO takes precedence over keys
	} {
		t.Run(tt.name, func(t *testing.T) {
			newHome(t)
			cfg := load(t, latchkey.WithProfile(tt.name))
			if cfg.Region != tt.region {
				t.Errorf("region %q, want %q", cfg.Region, tt.region)
			}
			if cfg.BaseEndpoint != nil {
				t.Errorf("endpoint %q, which is the default profile's", *cfg.BaseEndpoint)
			}
			if _, ok := cfg.Credentials.(*aws.CredentialsCache); !ok {
				t.Errorf("credentials are a %T, want them cached", cfg.Credentials)
			}
			if creds := ssotest.Retrieve(t, cfg.Credentials); creds.Source != provider.Name || creds.AccountID != account {
				t.Errorf("credentials of %q for account %q", creds.Source, creds.AccountID)
			}
			tok, err := cfg.BearerAuthTokenProvider.RetrieveBearerToken(t.Context())
			if err != nil || tok.Value == "" {
				t.Errorf("bearer token: %v", err)
			}
		})
	}
}

func TestWithProfileBearerOnly(t *testing.T) {
	server, _ := newHome(t)
	cfg := load(t, latchkey.WithProfile("bearer"))
	if tok, err := cfg.BearerAuthTokenProvider.RetrieveBearerToken(t.Context()); err != nil || tok.Value == "" {
		t.Errorf("bearer token: %v", err)
	}
	var conf *profile.Error
	if _, err := cfg.Credentials.Retrieve(t.Context()); !errors.As(err, &conf) {
		t.Errorf("credentials: %v, want a *profile.Error", err)
	}
	count(t, server, "GetRoleCredentials", 0)
}

// TestWithProfileEmpty checks which credentials are used without a name.
func TestWithProfileEmpty(t *testing.T) {
	const ours = provider.Name
	for name, tt := range map[string]struct {
		env    map[string]string
		before []func(*config.LoadOptions) error
		source string
		region string
	}{
		"AWS_PROFILE":                 {env: map[string]string{"AWS_PROFILE": "dev"}, source: ours, region: "eu-west-1"},
		"AWS_PROFILE with a space":    {env: map[string]string{"AWS_PROFILE": "foo bar"}, source: ours, region: "eu-north-1"},
		"AWS_DEFAULT_PROFILE":         {env: map[string]string{"AWS_DEFAULT_PROFILE": "legacy"}, source: ours, region: "eu-west-2"},
		"WithSharedConfigProfile":     {before: []func(*config.LoadOptions) error{config.WithSharedConfigProfile("dev")}, source: ours, region: "eu-west-1"},
		"keys in the environment":     {env: map[string]string{"AWS_PROFILE": "dev", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"}, source: "EnvConfigCredentials", region: "eu-west-1"},
		"keys, but a profile in code": {env: map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"}, before: []func(*config.LoadOptions) error{config.WithSharedConfigProfile("dev")}, source: ours, region: "eu-west-1"},
		"keys in the profile":         {env: map[string]string{"AWS_PROFILE": "keys"}, source: "SharedConfigCredentials", region: "eu-west-1"},
		"profile without SSO":         {env: map[string]string{"AWS_PROFILE": "plain"}, source: "SharedConfigCredentials", region: "eu-central-1"},
		"credentials in code": {env: map[string]string{"AWS_PROFILE": "dev"}, before: []func(*config.LoadOptions) error{
			config.WithCredentialsProvider(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b", Source: "code"}, nil
			})),
		}, source: "code", region: "eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			newHome(t)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			cfg := load(t, append(tt.before, latchkey.WithProfile(""))...)
			creds := ssotest.Retrieve(t, cfg.Credentials)
			if !strings.HasPrefix(creds.Source, tt.source) {
				t.Errorf("credentials of %q, want %q", creds.Source, tt.source)
			}
			if cfg.Region != tt.region {
				t.Errorf("region %q, want %q", cfg.Region, tt.region)
			}
		})
	}
	t.Run("no profile", func(t *testing.T) {
		newHome(t)
		cfg := load(t, latchkey.WithProfile(""))
		if cfg.BearerAuthTokenProvider != nil {
			t.Error("got a bearer token without a session")
		}
	})
	t.Run("the SDK reports a missing profile", func(t *testing.T) {
		newHome(t)
		t.Setenv("AWS_PROFILE", "nope")
		_, err := config.LoadDefaultConfig(t.Context(), latchkey.WithProfile(""))
		var missing config.SharedConfigProfileNotExistError
		if !errors.As(err, &missing) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLastWithProfileWins(t *testing.T) {
	newHome(t)
	cfg := load(t, latchkey.WithProfile("legacy"), latchkey.WithProfile("bearer"))
	if cfg.Region != "eu-west-3" {
		t.Errorf("region %q", cfg.Region)
	}
	sources := cfg.Credentials.(aws.CredentialProviderSource).ProviderSources()
	if !slices.Contains(sources, aws.CredentialSourceProfileSSO) {
		t.Errorf("credentials of %v, want those of the last profile", sources)
	}
}

func TestWithProfileErrors(t *testing.T) {
	for name, want := range map[string]string{
		"nope":  `"nope"`,
		"plain": "SSO settings",
		"round": "cycle",
		"lost":  `"elsewhere"`,
	} {
		t.Run(name, func(t *testing.T) {
			newHome(t)
			_, err := config.LoadDefaultConfig(t.Context(), latchkey.WithProfile(name))
			var conf *profile.Error
			if !errors.As(err, &conf) {
				t.Fatalf("got %v, want a *profile.Error", err)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %q, want it to contain %q", err, want)
			}
		})
	}
}

// recorder is an HTTP client that counts requests.
type recorder struct {
	mu   sync.Mutex
	used int
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.used++
	r.mu.Unlock()
	return http.DefaultClient.Do(req)
}

func TestOptionsReachTheProvider(t *testing.T) {
	t.Run("HTTP client of a later option", func(t *testing.T) {
		newHome(t)
		client := &recorder{}
		ssotest.Retrieve(t, load(t, latchkey.WithProfile("dev"), config.WithHTTPClient(client)).Credentials)
		if client.used != 1 {
			t.Errorf("the HTTP client was used %d times, want 1", client.used)
		}
	})
	t.Run("HTTP client of the provider", func(t *testing.T) {
		newHome(t)
		client := &recorder{}
		ssotest.Retrieve(t, load(t, latchkey.WithProfile("dev", func(o *provider.Options) { o.HTTPClient = client })).Credentials)
		if client.used != 1 {
			t.Errorf("the HTTP client was used %d times, want 1", client.used)
		}
	})
	t.Run("token cache and clock", func(t *testing.T) {
		server, home := newHome(t)
		elsewhere := tokencache.Dir(home.File("elsewhere"))
		home.Write("elsewhere/"+filepath.Base(elsewhere.Path("corp")), string(server.SignIn().TokenFile()))
		ssotest.Retrieve(t, load(t, latchkey.WithProfile("dev", func(o *provider.Options) {
			o.TokenCache = ssotest.Dir{Dir: elsewhere}
			o.Now = func() time.Time { return time.Now().Add(58 * time.Minute) } // time to refresh
		})).Credentials)
		count(t, server, "CreateToken", 1)
	})
	t.Run("retry attempts from the environment", func(t *testing.T) {
		server, _ := newHome(t)
		t.Setenv("AWS_MAX_ATTEMPTS", "1")
		server.Fail("GetRoleCredentials", idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1})
		cfg := load(t, latchkey.WithProfile("dev"))
		if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil {
			t.Error("no error")
		}
		count(t, server, "GetRoleCredentials", 1)
	})
}

// TestManyGoroutines: many goroutines use an expired sign-in through a provider, a cached provider and a
// configuration.
func TestManyGoroutines(t *testing.T) {
	server, home := newHome(t)
	cache := tokencache.Dir(home.File("sso/cache"))
	tok, err := cache.Load(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	tok.ExpiresAt = time.Now().Add(-time.Hour)
	if err := cache.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
	server.ExpireAccessTokens()

	bare, err := provider.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	ways := []aws.CredentialsProvider{bare, aws.NewCredentialsCache(bare), load(t, latchkey.WithProfile("dev")).Credentials}
	var wg sync.WaitGroup
	errs := make([]error, 1000)
	for i := range errs {
		wg.Go(func() { _, errs[i] = ways[i%len(ways)].Retrieve(t.Context()) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	count(t, server, "CreateToken", 1)
	count(t, server, "GetRoleCredentials", 1)
}

func TestLoginRequired(t *testing.T) {
	_, home := newHome(t)
	if err := os.RemoveAll(home.File("sso")); err != nil {
		t.Fatal(err)
	}
	_, err := load(t, latchkey.WithProfile("dev")).Credentials.Retrieve(t.Context())
	var login *provider.LoginRequiredError
	if !errors.As(err, &login) || login.Profile != "dev" || login.Session != "corp" {
		t.Errorf("got %v, want a LoginRequiredError of profile dev", err)
	}
}
