package assumerole_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const deploy = "arn:aws:iam::444455556666:role/deploy"

// world is a profile with a sign-in, the Identity Center and STS behind it, and a cache.
type world struct {
	server *idctest.Server
	roles  rolecache.Dir // opts.Cache
	signIn *provider.Provider
	opts   assumerole.Options
	now    time.Time // of the provider; the zero time means the real clock
	log    strings.Builder
	asked  int
}

func newWorld(t *testing.T, optFns ...func(*idctest.Options)) *world {
	t.Helper()
	w := &world{server: idctest.NewServer(t, optFns...), roles: rolecache.Dir(t.TempDir())}
	tokens := tokencache.Dir(t.TempDir())
	s := w.server.SignIn()
	p := &profile.Profile{
		Name: "dev", AccountID: "123456789012", RoleName: "Developer",
		Session:    &profile.Session{Name: "corp", StartURL: s.StartURL, Region: s.Region},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: w.server.URL(), SSOOIDC: w.server.URL()}},
	}
	filetest.Write(t, tokens.Path("corp"), s.TokenFile())
	var err error
	if w.signIn, err = provider.New(p, func(o *provider.Options) { o.TokenCache = tokens }); err != nil {
		t.Fatal(err)
	}
	w.opts = assumerole.Options{
		Cache: w.roles, Region: "eu-west-1",
		MFACode: func(context.Context, string) (redact.Secret, error) { w.asked++; return "123456", nil },
		Logger: logging.LoggerFunc(func(class logging.Classification, format string, args ...any) {
			if class == logging.Warn {
				fmt.Fprintf(&w.log, format+"\n", args...)
			}
		}),
		Now: func() time.Time {
			if w.now.IsZero() {
				return time.Now()
			}
			return w.now
		},
	}
	return w
}

// role is a profile that assumes a role over source; nil stands for the profile of the sign-in.
func (w *world) role(arn string, source *profile.Profile) *profile.Profile {
	return &profile.Profile{Name: arn, RoleARN: arn, SourceProfile: source, Connection: profile.Connection{Endpoints: profile.Endpoints{STS: w.server.URL()}}}
}

func (w *world) retrieve(t *testing.T, p *profile.Profile) aws.Credentials {
	t.Helper()
	creds, err := assumerole.New(p, w.signIn, w.opts).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

func (w *world) wantCount(t *testing.T, want int) {
	t.Helper()
	if got := w.server.Count("AssumeRole"); got != want {
		t.Errorf("%d AssumeRoles, want %d: %v", got, want, w.server.Requests())
	}
	w.server.ResetRequests()
}

// TestFile holds that the file is the one that the AWS CLI reads for the profile, by its name and its members. The names are
// what CPython computes: sha1(json.dumps({...}, sort_keys=True)).
func TestFile(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*profile.Profile)
		want   string
	}{
		"least":   {func(*profile.Profile) {}, "2c58037a0787a1cd99d3607025e099e4e280a61c.json"},
		"session": {func(p *profile.Profile) { p.RoleSessionName = "me@example.com" }, "b2a1a0174388e7d9bdfecb85ac61bd84d656fb07.json"},
		"all": {func(p *profile.Profile) {
			p.RoleSessionName, p.ExternalID, p.MFASerial, p.DurationSeconds = "s", "x-é", "arn:mfa", 1800
		}, "dbab0070dbb4bda52bbe09a3b785469f3914267e.json"},
		"source":   {func(p *profile.Profile) { p.SourceProfile = &profile.Profile{Name: "other"} }, "2c58037a0787a1cd99d3607025e099e4e280a61c.json"},
		"duration": {func(p *profile.Profile) { p.DurationSeconds = 3600 }, "71ab1ca2fa265ea6a131b2e473011e806468ae05.json"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.role(deploy, nil)
			tt.change(p)
			creds := w.retrieve(t, p)
			data, err := os.ReadFile(filepath.Join(string(w.roles), tt.want))
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{"ProviderType": "sso", "Credentials": {"AccessKeyId": %q, "SecretAccessKey": %q, "SessionToken": %q, "Expiration": %q, "AccountId": "444455556666"}, `+
				`"AssumedRoleUser": {"AssumedRoleId": "`, creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken, creds.Expires.Format(time.RFC3339))
			if !strings.HasPrefix(string(data), want) {
				t.Errorf("the file is\n%s\nwant\n%s", data, want)
			}
			if creds.AccountID != "444455556666" || creds.Source != assumerole.Name {
				t.Errorf("account %q, source %q", creds.AccountID, creds.Source)
			}
		})
	}
}

func TestCacheWindow(t *testing.T) {
	for _, tt := range []struct {
		duration int
		age      time.Duration
		requests int
	}{
		{0, 44 * time.Minute, 0},
		{0, 46 * time.Minute, 1},
		{900, 9 * time.Minute, 0},
		{900, 11 * time.Minute, 1},
	} {
		w := newWorld(t)
		p := w.role(deploy, nil)
		p.DurationSeconds = tt.duration
		w.retrieve(t, p)
		w.server.ResetRequests()
		w.now = time.Now().Add(tt.age)
		w.retrieve(t, p)
		w.wantCount(t, tt.requests)
	}
}

// TestKeepsOld holds that credentials that are valid are used on while new ones cannot be had.
func TestKeepsOld(t *testing.T) {
	w := newWorld(t)
	p := w.role(deploy, nil)
	first := w.retrieve(t, p)
	w.now = time.Now().Add(50 * time.Minute)
	w.server.Fail("AssumeRole", idctest.Fault{Code: "AccessDenied", Times: -1})
	if again := w.retrieve(t, p); again.AccessKeyID != first.AccessKeyID {
		t.Error("the credentials are others")
	}
	if !strings.Contains(w.log.String(), "keeping credentials until") {
		t.Errorf("the log is %q", w.log.String())
	}
	w.now = w.now.Add(11 * time.Minute)
	if creds, err := assumerole.New(p, w.signIn, w.opts).Retrieve(t.Context()); err == nil {
		t.Errorf("credentials until %v after they expired", creds.Expires)
	}
}

func TestChain(t *testing.T) {
	w := newWorld(t)
	first := w.role(deploy, nil)
	last := w.role("arn:aws-us-gov:iam::777788889999:role/path/last", first)
	last.Endpoints.STS, first.Endpoints.STS = w.server.URL(), "http://127.0.0.1:1" // the caller's profile decides
	if creds := w.retrieve(t, last); creds.AccountID != "777788889999" {
		t.Errorf("account %q", creds.AccountID)
	}
	w.wantCount(t, 2)
	w.retrieve(t, first)
	w.wantCount(t, 0)
}

func TestMFA(t *testing.T) {
	role := idctest.AssumableRole{ARN: deploy, MFASerial: "arn:aws:iam::123456789012:mfa/me", MFACode: "123456"}
	w := newWorld(t, func(o *idctest.Options) { o.AssumableRoles = []idctest.AssumableRole{role} })
	p := w.role(deploy, nil)
	p.MFASerial = role.MFASerial
	w.retrieve(t, p)
	w.retrieve(t, p)
	if w.asked != 1 {
		t.Errorf("asked for %d codes", w.asked)
	}
	p.ExternalID = "another role to the cache"
	errNobody := errors.New("nobody is there")
	w.opts.MFACode = func(context.Context, string) (redact.Secret, error) { return "", errNobody }
	w.server.ResetRequests()
	if _, err := assumerole.New(p, w.signIn, w.opts).Retrieve(t.Context()); !errors.Is(err, errNobody) {
		t.Error(err)
	}
	w.wantCount(t, 0)
}

// TestOneOfMany holds that one of many that need a role assumes it.
func TestOneOfMany(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 20 * time.Millisecond })
	p := w.role(deploy, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := assumerole.New(p, w.signIn, w.opts).Retrieve(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.wantCount(t, 1)
}

// TestUnusableCache holds that a cache that cannot be read or written costs a warning.
func TestUnusableCache(t *testing.T) {
	w := newWorld(t)
	unusable := rolecache.Dir(filepath.Join(t.TempDir(), "file", "cache"))
	w.opts.Cache = unusable
	filetest.Write(t, filepath.Dir(string(unusable)), "")
	w.retrieve(t, w.role(deploy, nil))
	if !strings.Contains(w.log.String(), "were not cached: ") {
		t.Errorf("the log is %q", w.log.String())
	}
}

func TestSignInFails(t *testing.T) {
	w := newWorld(t)
	w.server.RevokeAll()
	var required *provider.LoginRequiredError
	_, err := assumerole.New(w.role(deploy, nil), w.signIn, w.opts).Retrieve(t.Context())
	if !errors.As(err, &required) || required.Profile != "dev" {
		t.Errorf("%v", err)
	}
}

func TestRoleParts(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::123456789012:role/a/b/c": "123456789012 c",
		"arn:aws-cn:iam::123456789012:role/c":  "123456789012 c",
		"role":                                 " role",
	} {
		if got := assumerole.AccountID(arn) + " " + assumerole.RoleName(arn); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
	}
}
