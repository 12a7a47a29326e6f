package idctest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/idctest"
)

// TestHome runs the official SDK on each profile of the config file, as a user of the package would.
func TestHome(t *testing.T) {
	t.Setenv("AWS_PROFILE", "of the developer")
	t.Setenv("AWS_ACCESS_KEY_ID", "of the developer")
	srv := idctest.NewServer(t, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{
			{ID: "111122223333", Roles: []string{"Developer"}},
			{ID: "444455556666", Roles: []string{"Auditor", "Developer"}},
		}
	})
	home := idctest.Home(t, srv)
	home.SignIn()
	for profile, account := range map[string]string{
		"": "111122223333", "Developer-111122223333": "111122223333",
		"Auditor-444455556666": "444455556666", "Developer-444455556666": "444455556666",
	} {
		cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile(profile)))
		creds := must[aws.Credentials](t)(cfg.Credentials.Retrieve(t.Context()))
		if creds.Source != "SSOProvider" || creds.AccountID != account || !strings.HasPrefix(creds.AccessKeyID, "ASIA") {
			t.Errorf("profile %q: credentials from %q for account %q", profile, creds.Source, creds.AccountID)
		}
	}
	if got := srv.Count(""); got != 4 {
		t.Errorf("%d requests, want 4", got)
	}
}

// TestHomeWithOtherConfig uses a config file and a session that the test writes.
func TestHomeWithOtherConfig(t *testing.T) {
	srv := idctest.NewServer(t)
	home := idctest.Home(t, srv)
	home.Write("config", `
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Developer
region = us-east-1
[sso-session corp]
sso_region = us-east-1
sso_start_url = https://d-0123456789.awsapps.com/start
`)
	signIn := home.SignIn("other")
	load := func() error {
		cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile("dev")))
		_, err := cfg.Credentials.Retrieve(t.Context())
		return err
	}
	if load() == nil {
		t.Error("a session that is not signed in has credentials")
	}
	home.WriteToken(signIn, "corp")
	if err := load(); err != nil {
		t.Error(err)
	}
}

func TestHomeEndsWithTheTest(t *testing.T) {
	t.Setenv("AWS_PROFILE", "before")
	before := os.Environ()
	t.Run("test", func(t *testing.T) {
		home := idctest.Home(t, idctest.NewServer(t))
		if got := os.Getenv("HOME"); got != home.Path {
			t.Errorf("HOME is %q, want %q", got, home.Path)
		}
		if got, ok := os.LookupEnv("AWS_PROFILE"); ok {
			t.Errorf("AWS_PROFILE is %q in the test", got)
		}
	})
	if after := os.Environ(); len(after) != len(before) || os.Getenv("AWS_PROFILE") != "before" {
		t.Errorf("the environment has %d variables, %d before; AWS_PROFILE is %q", len(after), len(before), os.Getenv("AWS_PROFILE"))
	}
}

func TestEnviron(t *testing.T) {
	t.Setenv("AWS_PROFILE", "of the developer")
	t.Setenv("KEPT", "yes")
	srv := idctest.NewServer(t)
	env := map[string]string{}
	for _, kv := range srv.Environ("/home/user") {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	for name, want := range map[string]string{
		"HOME": "/home/user", "USERPROFILE": "/home/user", "KEPT": "yes", "AWS_PROFILE": "",
		"AWS_ENDPOINT_URL_SSO": srv.URL(), "AWS_EC2_METADATA_DISABLED": "true",
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
}
