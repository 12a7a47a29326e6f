package latchkey_test

import (
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
)

// fakeSTS is a fake STS that records calls.
type fakeSTS struct {
	*httptest.Server
	mu    sync.Mutex
	calls []stsCall
}

// stsCall is a call of AssumeRole.
type stsCall struct {
	Key, Region, Agent                    string
	Role, Session, External, MFA, Seconds string
}

func newSTS(t *testing.T, home *idctest.HomeDir) *fakeSTS {
	t.Helper()
	s := &fakeSTS{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.assume))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", s.URL)
	bundle := home.Write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	return s
}

func (s *fakeSTS) assume(w http.ResponseWriter, r *http.Request) {
	arn := r.FormValue("RoleArn")
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := append(strings.Split(after, "/"), "", "", "")
	s.mu.Lock()
	s.calls = append(s.calls, stsCall{
		Key: fmt.Sprintf("%.4s", scope[0]), Region: scope[2], Agent: r.UserAgent(),
		Role: arn, Session: r.FormValue("RoleSessionName"), External: r.FormValue("ExternalId"),
		MFA: r.FormValue("SerialNumber") + r.FormValue("TokenCode"), Seconds: r.FormValue("DurationSeconds"),
	})
	s.mu.Unlock()
	seconds, _ := strconv.Atoi(r.FormValue("DurationSeconds"))
	fmt.Fprint(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ROLE`)
	_ = xml.EscapeText(w, []byte(arn[strings.LastIndex(arn, "/")+1:]))
	fmt.Fprintf(w, `</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		time.Now().Add(time.Duration(seconds)*time.Second).UTC().Format(time.RFC3339))
}

// taken returns the calls since the last call of taken.
func (s *fakeSTS) taken() []stsCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func TestRoleChain(t *testing.T) {
	for name, optFns := range map[string][]func(*config.LoadOptions) error{
		"by name":        {latchkey.WithProfile("deep")},
		"by environment": {latchkey.WithProfile("")},
	} {
		t.Run(name, func(t *testing.T) {
			server, home := newHome(t)
			sts := newSTS(t, home)
			t.Setenv("AWS_PROFILE", "deep")
			cfg := load(t, optFns...)
			if creds := ssotest.Retrieve(t, cfg.Credentials); creds.AccessKeyID != "ROLEDeep" {
				t.Errorf("credentials of %q, want those of the role Deep", creds.AccessKeyID)
			}
			count(t, server, "GetRoleCredentials", 1)
			calls := sts.taken()
			if len(calls) != 2 {
				t.Fatalf("calls of STS: %+v", calls)
			}
			if c := calls[0]; c.Key != "ASIA" || c.Role != "arn:aws:iam::444455556666:role/Admin" || c.Session != "me" || c.External != "ext" {
				t.Errorf("first %+v, want the role Admin", c)
			}
			if c := calls[1]; c.Key != "ROLE" || c.Role != "arn:aws:iam::777788889999:role/Deep" {
				t.Errorf("then %+v, want the role Deep", c)
			}
			if cfg.BearerAuthTokenProvider != nil {
				t.Error("a profile without a session has no bearer token")
			}
		})
	}
}

type option = func(*config.LoadOptions) error

// TestRoleLikeTheLoader: WithProfile and the SDK's own chain assume roles with the same calls.
func TestRoleLikeTheLoader(t *testing.T) {
	const over = "[profile over]\nrole_arn = arn:aws:iam::444455556666:role/Over\nrole_session_name = me\n"
	code := config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
		o.TokenProvider = func() (string, error) { return "123456", nil }
	})
	for name, tt := range map[string]struct {
		config    string // beside configFile, where $STS is the address of STS
		noAddress bool   // no endpoint in the environment
		env       map[string]string
		options   []option
		oursOnly  bool               // the SDK's chain drops an endpoint for all services: see TestEndpointLikeTheLoader
		want      func(stsCall) bool // of the last call
	}{
		"plain":                 {config: over + "source_profile = dev\nregion = eu-west-1", want: func(c stsCall) bool { return c.Seconds == "900" && c.Region == "eu-west-1" }},
		"legacy source":         {config: over + "source_profile = legacy\nregion = eu-west-1"},
		"own sign-in":           {config: over + "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Developer\nregion = eu-west-1"},
		"chain":                 {config: over + "source_profile = admin\nregion = ap-south-1", want: func(c stsCall) bool { return c.Region == "ap-south-1" && c.Key == "ROLE" }},
		"region in code":        {config: over + "source_profile = dev", options: []option{config.WithRegion("sa-east-1")}, want: func(c stsCall) bool { return c.Region == "sa-east-1" }},
		"region by environment": {config: over + "source_profile = dev\nregion = eu-west-1", env: map[string]string{"AWS_REGION": "us-west-1"}, want: func(c stsCall) bool { return c.Region == "us-west-1" }},
		"default region":        {config: over + "source_profile = dev", options: []option{config.WithDefaultRegion("sa-east-1")}, want: func(c stsCall) bool { return c.Region == "sa-east-1" }},
		"duration":              {config: over + "source_profile = dev\nregion = eu-west-1\nduration_seconds = 3600", want: func(c stsCall) bool { return c.Seconds == "3600" }},
		"duration of a minute":  {config: over + "source_profile = dev\nregion = eu-west-1\nduration_seconds = 60", want: func(c stsCall) bool { return c.Seconds == "900" }},
		"duration of 959":       {config: over + "source_profile = dev\nregion = eu-west-1\nduration_seconds = 959", want: func(c stsCall) bool { return c.Seconds == "900" }},
		"duration of 960":       {config: over + "source_profile = dev\nregion = eu-west-1\nduration_seconds = 960", want: func(c stsCall) bool { return c.Seconds == "960" }},
		"MFA":                   {config: over + "source_profile = dev\nregion = eu-west-1\nmfa_serial = arn:mfa/", options: []option{code}, want: func(c stsCall) bool { return c.MFA == "arn:mfa/123456" }},
		"endpoint of services": {
			config: over + "source_profile = dev\nregion = eu-west-1\nservices = mine\n[services mine]\nsts =\n  endpoint_url = $STS\n", noAddress: true,
		},
		"endpoint_url": {config: over + "source_profile = dev\nregion = eu-west-1\nendpoint_url = $STS", noAddress: true, oursOnly: true, want: func(c stsCall) bool { return c.Key == "ASIA" }},
		"endpoint of the outermost services, in a chain": {
			config: over + "source_profile = inner\nregion = eu-west-1\nservices = mine\n[services mine]\nsts =\n  endpoint_url = $STS\n" +
				"[profile inner]\nrole_arn = arn:aws:iam::444455556666:role/Inner\nrole_session_name = i\nsource_profile = dev\nregion = eu-west-2\nservices = other\n" +
				"[services other]\nsts =\n  endpoint_url = https://127.0.0.1:1\n", noAddress: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, home := newHome(t)
			sts := newSTS(t, home)
			if tt.noAddress {
				os.Unsetenv("AWS_ENDPOINT_URL_STS")
			}
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			home.Write("config", configFile+strings.ReplaceAll(tt.config, "$STS", sts.URL))
			ours := load(t, append(tt.options, latchkey.WithProfile("over"))...)
			ssotest.Retrieve(t, ours.Credentials)
			got := sts.taken()
			if tt.want != nil && (len(got) == 0 || !tt.want(got[len(got)-1])) {
				t.Errorf("calls of STS: %+v", got)
			}
			if tt.oursOnly {
				return
			}
			theirs := load(t, append(tt.options, config.WithSharedConfigProfile("over"))...)
			ssotest.Retrieve(t, theirs.Credentials)
			want := sts.taken()
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("calls of STS, the SDK's (-) and ours (+):\n%s", diff)
			}
			if diff := gocmp.Diff(features(t, theirs), features(t, ours)); diff != "" {
				t.Errorf("User-Agent of later requests, the SDK's (-) and ours (+):\n%s", diff)
			}
		})
	}
}

// features returns the User-Agent of a request with the credentials of cfg.
func features(t *testing.T, cfg aws.Config) string {
	t.Helper()
	client := &failing{}
	_, err := sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.HTTPClient, o.Retryer, o.Region = client, aws.NopRetryer{}, "us-east-1"
	}).GetCallerIdentity(t.Context(), nil)
	if err == nil {
		t.Fatal("a server that fails says who asks")
	}
	return client.agent
}

// TestAgentLikeTheLoader: the User-Agent names the source of credentials as the SDK does.
func TestAgentLikeTheLoader(t *testing.T) {
	for _, profile := range []string{"dev", "legacy"} {
		newHome(t)
		theirs, ours := features(t, load(t, config.WithSharedConfigProfile(profile))), features(t, load(t, latchkey.WithProfile(profile)))
		if theirs != ours {
			t.Errorf("%s: the SDK's is %s\nand ours %s", profile, theirs, ours)
		}
	}
}

// TestMFAWithoutTokenProvider: a role with MFA fails to load without a TokenProvider, as in the SDK, and the
// error names the missing option.
func TestMFAWithoutTokenProvider(t *testing.T) {
	_, home := newHome(t)
	home.Write("config", configFile+`
[profile over]
role_arn = arn:aws:iam::444455556666:role/Over
source_profile = middle
[profile middle]
role_arn = arn:aws:iam::444455556666:role/Middle
source_profile = dev
mfa_serial = arn:mfa
`)
	t.Setenv("AWS_PROFILE", "over")
	for name, option := range map[string]option{"by name": latchkey.WithProfile("over"), "by environment": latchkey.WithProfile(""), "the SDK": config.WithSharedConfigProfile("over")} {
		_, err := config.LoadDefaultConfig(t.Context(), option)
		var missing config.AssumeRoleTokenProviderNotSetError
		if !errors.As(err, &missing) {
			t.Errorf("%s: error %v, want the SDK's about a missing token provider", name, err)
		}
		var bad *profile.Error
		if name != "the SDK" && (!errors.As(err, &bad) || bad.Profile != "middle" || !strings.Contains(err.Error(), "config.WithAssumeRoleCredentialOptions")) {
			t.Errorf("%s: error %v, want the name of the option", name, err)
		}
	}
}

// TestShortRoleExpiryWindow: the expiry window is a small part of the credentials' lifetime, unless the program
// sets it.
func TestShortRoleExpiryWindow(t *testing.T) {
	for name, tt := range map[string]struct {
		duration         string
		options          []option
		earliest, latest time.Duration // time of renewal, since issue
	}{
		"15 minutes": {"", nil, 13 * time.Minute, 15 * time.Minute},
		"an hour":    {"duration_seconds = 3600", nil, 54 * time.Minute, 58 * time.Minute},
		"15 minutes, and a window of the program": {"", []option{config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow = 10 * time.Minute
		})}, 4 * time.Minute, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			_, home := newHome(t)
			newSTS(t, home)
			home.Write("config", configFile+
				"[profile over]\nrole_arn = arn:aws:iam::444455556666:role/Over\nsource_profile = dev\nregion = eu-west-1\n"+tt.duration)
			made := time.Now()
			creds := ssotest.Retrieve(t, load(t, append(tt.options, latchkey.WithProfile("over"))...).Credentials)
			if kept := creds.Expires.Sub(made); kept < tt.earliest || kept > tt.latest {
				t.Errorf("they are kept for %v, want between %v and %v", kept, tt.earliest, tt.latest)
			}
		})
	}
}

// spaced is a config file with a role chain whose profile names have quotes.
var spaced = strings.Replace(configFile, "[profile foo bar]\nregion = nowhere-1\n", "", 1) + `
[profile over]
role_arn = arn:aws:iam::444455556666:role/Over
source_profile = middle one
region = ap-south-1
[profile 'middle one']
role_arn = arn:aws:iam::444455556666:role/Middle
source_profile = foo bar
`

// newSpacedHome also returns the directory of temporary files.
func newSpacedHome(t *testing.T) (server *fakeSTS, temporary string) {
	t.Helper()
	_, home := newHome(t)
	server, temporary = newSTS(t, home), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TMP", temporary) // on Windows
	home.Write("config", spaced)
	t.Setenv("AWS_PROFILE", "over")
	return server, temporary
}

// TestSourceWithSpaces: unlike in the SDK, source_profile finds a profile whose section name is quoted, as the AWS
// CLI writes it. No temporary file is left.
func TestSourceWithSpaces(t *testing.T) {
	window := config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = time.Minute })
	for name, options := range map[string][]option{
		"by name":                  {latchkey.WithProfile("over")},
		"by environment":           {latchkey.WithProfile("")},
		"with cache options":       {window, latchkey.WithProfile("over")},
		"with cache options after": {latchkey.WithProfile("over"), window},
	} {
		t.Run(name, func(t *testing.T) {
			server, temporary := newSpacedHome(t)
			if _, err := config.LoadDefaultConfig(t.Context()); err == nil {
				t.Error("the SDK finds the source profile: placeholders are no longer needed")
			}
			cfg := load(t, options...)
			if creds := ssotest.Retrieve(t, cfg.Credentials); creds.AccessKeyID != "ROLEOver" || cfg.Region != "ap-south-1" {
				t.Errorf("credentials of %q in %s, want those of the role Over", creds.AccessKeyID, cfg.Region)
			}
			calls := server.taken()
			if len(calls) != 2 || calls[0].Key != "ASIA" || calls[1].Key != "ROLE" || calls[0].Region != "ap-south-1" {
				t.Errorf("calls of STS: %+v", calls)
			}
			if left := filesIn(t, temporary); len(left) > 0 {
				t.Errorf("files left: %v", left)
			}
		})
	}
}

func filesIn(t *testing.T, dir string) (paths []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		paths = append(paths, filepath.Join(dir, e.Name()))
	}
	return paths
}

// TestPlaceholdersRemovedOnFailure: no temporary file is left if loading fails.
func TestPlaceholdersRemovedOnFailure(t *testing.T) {
	_, temporary := newSpacedHome(t)
	_, err := config.LoadDefaultConfig(t.Context(), latchkey.WithProfile("over"), func(*config.LoadOptions) error { return errors.New("a later option") })
	if err == nil || err.Error() != "a later option" {
		t.Fatal(err)
	}
	for len(filesIn(t, temporary)) > 0 { // until the test times out
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

// TestPlaceholdersNotReread: a file that another user creates later with the same name is not read.
func TestPlaceholdersNotReread(t *testing.T) {
	server, temporary := newSpacedHome(t)
	var file string
	cfg := load(t, latchkey.WithProfile("over"), func(*config.LoadOptions) error {
		file = filesIn(t, temporary)[0]
		return nil
	})
	filetest.Write(t, file, "[profile over]\nregion = planted\n")
	ssotest.Retrieve(t, cfg.Credentials)
	for _, c := range server.taken() {
		if c.Region != "ap-south-1" {
			t.Errorf("called STS in %s", c.Region)
		}
	}
}

// TestCredentialProcessRole: a profile whose credential_process is latchkey with a role profile gets the role
// without running the command.
func TestCredentialProcessRole(t *testing.T) {
	server, home := newHome(t)
	sts := newSTS(t, home)
	home.Write("config", configFile+"\n[profile process]\ncredential_process = /missing/latchkey credential-process --profile deep\n")
	if creds := ssotest.Retrieve(t, load(t, latchkey.WithProfile("process")).Credentials); creds.AccessKeyID != "ROLEDeep" {
		t.Errorf("credentials of %q, want those of the role Deep", creds.AccessKeyID)
	}
	count(t, server, "GetRoleCredentials", 1)
	if calls := sts.taken(); len(calls) != 2 {
		t.Errorf("calls of STS: %+v", calls)
	}
}
