package latchkey_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
)

// several are profiles in different regions and accounts, one of them without SSO.
const several = `[sso-session corp]
sso_start_url = https://d-0123456789.awsapps.com/start
sso_region = us-east-1

[default]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile dev2]
sso_session = corp
sso_account_id = 444455556666
sso_role_name = Developer
region = eu-west-2

[profile plain]
aws_access_key_id = AKIDPLAIN
aws_secret_access_key = plain-secret
region = eu-central-1
`

// whose returns the region of a configuration and the account of its credentials, which identify its
// profile.
func whose(t *testing.T, options []option) string {
	t.Helper()
	cfg := load(t, options...)
	creds := ssotest.Retrieve(t, cfg.Credentials)
	if creds.AccountID == "" {
		return cfg.Region + " " + creds.AccessKeyID
	}
	return cfg.Region + " " + creds.AccountID
}

// TestLaterOptions: options after WithProfile apply as in the SDK. The region and the credentials come
// from the same profile.
func TestLaterOptions(t *testing.T) {
	named := config.WithSharedConfigProfile
	type with = func(name string) option // latchkey.WithProfile or config.WithSharedConfigProfile
	for name, tt := range map[string]struct {
		env     map[string]string
		options func(with) []option
		want    string
	}{
		"none":                  {options: func(w with) []option { return []option{w("")} }, want: "eu-west-1 " + account},
		"profile before":        {options: func(w with) []option { return []option{named("dev2"), w("")} }, want: "eu-west-2 " + second},
		"profile":               {options: func(w with) []option { return []option{w(""), named("dev2")} }, want: "eu-west-2 " + second},
		"profile after a name":  {options: func(w with) []option { return []option{w("default"), named("dev2")} }, want: "eu-west-2 " + second},
		"same profile":          {options: func(w with) []option { return []option{w("dev2"), named("dev2")} }, want: "eu-west-2 " + second},
		"empty profile":         {options: func(w with) []option { return []option{w("dev2"), named("")} }, want: "eu-west-1 " + account},
		"environment's profile": {env: map[string]string{"AWS_PROFILE": "dev2"}, options: func(w with) []option { return []option{w("default"), named("")} }, want: "eu-west-2 " + second},
		"environment's keys": {
			env:     map[string]string{"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"},
			options: func(w with) []option { return []option{w("dev2"), named("")} }, want: "eu-west-1 AKIDENV",
		},
		"profile without SSO":              {options: func(w with) []option { return []option{w(""), named("plain")} }, want: "eu-central-1 AKIDPLAIN"},
		"profile without SSO after a name": {options: func(w with) []option { return []option{w("dev2"), named("plain")} }, want: "eu-central-1 AKIDPLAIN"},
		"profile without SSO, then with":   {options: func(w with) []option { return []option{w("dev2"), named("plain"), named("dev2")} }, want: "eu-west-2 " + second},
		"another WithProfile":              {options: func(w with) []option { return []option{w("default"), w("dev2")} }, want: "eu-west-2 " + second},
		"files":                            {options: func(w with) []option { return []option{w(""), otherConfig} }, want: "eu-north-1 " + second},
		"files before":                     {options: func(w with) []option { return []option{otherConfig, w("")} }, want: "eu-north-1 " + second},
		"files after a name":               {options: func(w with) []option { return []option{w("default"), otherConfig} }, want: "eu-north-1 " + second},
		"files where there were none":      {env: map[string]string{"AWS_CONFIG_FILE": "nowhere"}, options: func(w with) []option { return []option{w("only"), otherConfig} }, want: "eu-north-2 " + account},
		"files and profile":                {options: func(w with) []option { return []option{w(""), otherConfig, named("only")} }, want: "eu-north-2 " + account},
		"file of keys":                     {options: func(w with) []option { return []option{w(""), keysFile} }, want: "eu-west-1 AKIDFILE"},
		"file that is not there":           {options: func(w with) []option { return []option{config.WithSharedCredentialsFiles([]string{"nowhere"}), w("")} }, want: "eu-west-1 " + account},
		"several files":                    {options: func(w with) []option { return []option{bothConfigs, w("dev2")} }, want: "eu-west-2 " + account},
		"several files, after":             {options: func(w with) []option { return []option{w("dev2"), bothConfigs} }, want: "eu-west-2 " + account},
		"credentials":                      {options: func(w with) []option { return []option{w("dev2"), config.WithCredentialsProvider(codeKeys)} }, want: "eu-west-2 AKIDCODE"},
	} {
		t.Run(name, func(t *testing.T) {
			_, home := newHome(t)
			t.Chdir(home.File("."))
			home.Write("config", several)
			home.Write("other", strings.NewReplacer("eu-west-1", "eu-north-1", "111122223333", second, "dev2", "only", second, account, "eu-west-2", "eu-north-2").Replace(several))
			home.Write("more", "[profile dev2]\nsso_account_id = 111122223333\n")
			home.Write("keys", "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = s\n")
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			if got := whose(t, tt.options(func(name string) option { return latchkey.WithProfile(name) })); got != tt.want {
				t.Errorf("ours is %s, want %s", got, tt.want)
			}
			sdk := func(name string) option {
				if name == "" {
					return func(*config.LoadOptions) error { return nil }
				}
				return option(config.WithSharedConfigProfile(name))
			}
			if got := whose(t, tt.options(sdk)); got != tt.want {
				t.Errorf("the SDK's is %s, want %s", got, tt.want)
			}
		})
	}
}

// Options of TestLaterOptions, with files in the working directory.
func otherConfig(lo *config.LoadOptions) error {
	return config.WithSharedConfigFiles([]string{"other"})(lo)
}

func bothConfigs(lo *config.LoadOptions) error {
	return config.WithSharedConfigFiles([]string{"config", "missing", "more"})(lo)
}

func keysFile(lo *config.LoadOptions) error {
	return config.WithSharedCredentialsFiles([]string{"keys"})(lo)
}

var codeKeys = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDCODE", SecretAccessKey: "s"}, nil
})

// TestLateSSORejected: if an SSO profile is selected too late for WithProfile, the SDK's own provider does
// not serve it either.
func TestLateSSORejected(t *testing.T) {
	server, _ := newHome(t)
	t.Setenv("AWS_PROFILE", "plain")
	cfg := load(t, latchkey.WithProfile(""), config.WithSharedConfigProfile("dev"))
	if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "after the options that select the profile") {
		t.Errorf("error %v, want one about the order of options", err)
	}
	count(t, server, "GetRoleCredentials", 0)
}

// TestCurrentHome: the SDK reads the same files as WithProfile. By default, it uses the home directory of
// when the program started.
func TestCurrentHome(t *testing.T) {
	_, home := newHome(t)
	os.Unsetenv("AWS_CONFIG_FILE")
	os.Unsetenv("AWS_SHARED_CREDENTIALS_FILE")
	home.Write("config", several)
	for name, want := range map[string]string{"": "eu-west-1 " + account, "dev2": "eu-west-2 " + second} {
		if got := whose(t, []option{latchkey.WithProfile(name)}); got != want {
			t.Errorf("profile %q: %s, want %s", name, got, want)
		}
	}
	home.Write("credentials", "[default]\nregion = ap-east-1\n")
	if got, want := whose(t, []option{latchkey.WithProfile("")}), "ap-east-1 "+account; got != want {
		t.Errorf("with a credentials file: %s, want %s", got, want)
	}
}

// TestLaterEndpointsAndTrust: FIPS, dual-stack and CA bundle options apply before and after WithProfile, as
// in the SDK.
func TestLaterEndpointsAndTrust(t *testing.T) {
	for name, tt := range map[string]struct {
		option option
		want   string
	}{
		"FIPS":       {config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled), "portal.sso-fips.us-east-1.amazonaws.com"},
		"dual-stack": {config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled), "portal.sso.us-east-1.api.aws"},
	} {
		newHome(t)
		os.Unsetenv("AWS_ENDPOINT_URL_SSO")
		os.Unsetenv("AWS_ENDPOINT_URL_SSO_OIDC")
		for whose, options := range map[string][]option{
			"after":     {latchkey.WithProfile("dev"), tt.option},
			"before":    {tt.option, latchkey.WithProfile("dev")},
			"the SDK's": {config.WithSharedConfigProfile("dev"), tt.option},
		} {
			if got := hostOf(t, options); got != tt.want {
				t.Errorf("%s, %s: %s, want %s", name, whose, got, tt.want)
			}
		}
	}
	server, _ := newHome(t)
	front := newFront(t, server)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	for whose, profile := range map[string]option{"ours": latchkey.WithProfile("dev"), "the SDK's": config.WithSharedConfigProfile("dev")} {
		t.Run("CA bundle, "+whose, func(t *testing.T) {
			ssotest.Retrieve(t, load(t, profile, config.WithCustomCABundle(bytes.NewReader(authority))).Credentials)
		})
	}
	t.Run("CA bundle that can be read only once", func(t *testing.T) {
		cfg := load(t, latchkey.WithProfile("dev"), config.WithCustomCABundle(io.MultiReader(bytes.NewReader(authority))))
		if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "before latchkey.WithProfile") {
			t.Errorf("error %v, want one about the order of options", err)
		}
	})
}

// TestCredentialProcess: a profile whose credential_process is latchkey is served without running the command.
func TestCredentialProcess(t *testing.T) {
	server, home := newHome(t)
	home.Write("config", several+`
[profile tools]
credential_process = /nowhere/latchkey credential-process --profile dev2
region = ap-south-1

[profile others]
credential_process = /nowhere/latchkey credential-process --profile plain
region = ap-south-1
`)
	t.Setenv("AWS_PROFILE", "tools")
	for _, name := range []string{"", "tools"} {
		if got, want := whose(t, []option{latchkey.WithProfile(name)}), "ap-south-1 "+second; got != want {
			t.Errorf("WithProfile(%q): %s, want %s", name, got, want)
		}
	}
	count(t, server, "GetRoleCredentials", 1)
	t.Setenv("AWS_PROFILE", "others")
	cfg := load(t, latchkey.WithProfile(""))
	if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "process") {
		t.Errorf("error %v, want the error of the process", err)
	}
}
