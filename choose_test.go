package latchkey_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// outcome is everything that a program can observe of a configuration.
type outcome struct {
	LoadError          string
	Region             string
	Key, Source, Error string // of the credentials
	Asked              []string
	Sources            []aws.CredentialSource
	Bearer             string
	OwnSSO             bool // the SDK's own provider serves it
}

// cloud is an HTTP client that acts as Identity Center and STS without a network. The keys it returns encode
// the request.
type cloud struct{ asked []string }

func (c *cloud) Do(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	if r.URL.Path == "/federation/credentials" && q.Get("account_id") != "" && q.Get("role_name") != "" {
		c.asked = append(c.asked, "SSO")
		return c.respond(`{"roleCredentials":{"accessKeyId":"%s of %s with %.20s","secretAccessKey":"s","sessionToken":"t","expiration":%d}}`,
			q.Get("role_name"), q.Get("account_id"), r.Header.Get("X-Amz-Sso_bearer_token"), time.Now().Add(time.Hour).UnixMilli())
	}
	if r.Body != nil && r.FormValue("Action") == "AssumeRole" {
		_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		key, scope, _ := strings.Cut(signature, "/20")
		r.Form.Del("RoleSessionName") // derived from the time if not set
		c.asked = append(c.asked, fmt.Sprintf("%s %.30s %s", r.Form.Encode(), scope, r.UserAgent()))
		return c.respond(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>%s over %s</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			r.FormValue("RoleArn"), key, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}
	c.asked = append(c.asked, r.URL.Host)
	return nil, errors.New("no network")
}

func (c *cloud) respond(format string, args ...any) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(fmt.Sprintf(format, args...)))}, nil
}

// sso reports whether the SDK would get the credentials from Identity Center.
func (o outcome) sso() bool {
	return slices.ContainsFunc(o.Sources, func(s aws.CredentialSource) bool {
		return s == aws.CredentialSourceSSO || s == aws.CredentialSourceSSOLegacy
	})
}

// outcomeOf loads a configuration and retrieves its credentials without a network.
func outcomeOf(ctx context.Context, options ...option) (o outcome) {
	defer func() {
		if r := recover(); r != nil { // the SDK panics on some quoted values
			o = outcome{LoadError: fmt.Sprint(r)}
		}
	}()
	provider.Forget(tokencache.Dir(filepath.Join(os.Getenv("HOME"), ".aws", "sso", "cache")))
	client := &cloud{}
	cfg, err := config.LoadDefaultConfig(ctx, append(options,
		config.WithHTTPClient(client), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))...)
	if err != nil {
		return outcome{LoadError: err.Error()}
	}
	o = outcome{Region: cfg.Region, Bearer: fmt.Sprintf("%T", cfg.BearerAuthTokenProvider)}
	o.OwnSSO = aws.IsCredentialsProvider(cfg.Credentials, (*ssocreds.Provider)(nil))
	if s, ok := cfg.Credentials.(aws.CredentialProviderSource); ok {
		o.Sources = s.ProviderSources()
	}
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		o.Error = err.Error()
	}
	o.Key, o.Source, o.Asked = creds.AccessKeyID, creds.Source, client.asked
	return o
}

// compare loads the configuration that the environment and the options select, with and without WithProfile(""), and
// compares the outcomes. SSO settings that WithProfile does not serve must cause an error. It returns the kind of
// configuration.
func compare(t *testing.T, options ...option) string {
	t.Helper()
	theirs := outcomeOf(t.Context(), options...)
	ours := outcomeOf(t.Context(), append(slices.Clip(options), latchkey.WithProfile(""))...)
	switch {
	case theirs.LoadError != "":
		if ours.LoadError == "" {
			t.Errorf("the SDK fails with %s, but not with WithProfile: %+v", theirs.LoadError, ours)
		}
		return "broken"
	case theirs.sso():
		if ours.OwnSSO && !strings.Contains(ours.Error, "latchkey: ") {
			t.Errorf("the SDK's own provider serves it: %+v", ours)
		}
		if ours.LoadError == "" && (ours.Region != theirs.Region || theirs.Bearer != "<nil>" && ours.Bearer != theirs.Bearer) {
			t.Errorf("without WithProfile %+v\nand with it %+v", theirs, ours)
		}
		if ours.LoadError != "" || theirs.Key == "" {
			return "SSO"
		}
		if ours.Key != theirs.Key || !slices.Equal(ours.Asked, theirs.Asked) {
			t.Errorf("without WithProfile the credentials are %+v\nand with it %+v", theirs, ours)
		}
		return "served"
	default:
		if diff := gocmp.Diff(theirs, ours); diff != "" {
			t.Errorf("without WithProfile (-) and with it (+):\n%s", diff)
		}
	}
	return "plain"
}

// newLonelyHome is newHome without profiles and a server, but signed in to all start URLs below.
func newLonelyHome(t *testing.T) *idctest.HomeDir {
	t.Helper()
	_, home := newHome(t)
	os.Unsetenv("AWS_ENDPOINT_URL_SSO")
	os.Unsetenv("AWS_ENDPOINT_URL_SSO_OIDC")
	home.Write("token", "token")
	home.SignIn("https://x")
	return home
}

// TestNothingChangesWithoutSSO: WithProfile("") changes nothing for programs that do not use SSO.
func TestNothingChangesWithoutSSO(t *testing.T) {
	const keys = "[default]\naws_access_key_id = AKID\naws_secret_access_key = s\n"
	for name, tt := range map[string]struct {
		config, credentials string
		env                 map[string]string
	}{
		"no files":                           {},
		"indented section":                   {config: "  [default]\n  region = us-east-1\n", credentials: keys},
		"indented comment":                   {config: "[default]\nregion = us-east-1\n  # comment\noutput = json\n", credentials: keys},
		"colon":                              {config: "[default]\nregion: us-east-1\n", credentials: keys},
		"missing services":                   {config: "[default]\nservices = nope\n", credentials: keys},
		"invalid flag":                       {config: "[default]\nuse_fips_endpoint = yes\n", credentials: keys},
		"invalid flag in the environment":    {credentials: keys, env: map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "yes"}},
		"account only":                       {config: "[default]\nsso_account_id = 1\n", credentials: keys},
		"missing session":                    {config: "[default]\nsso_session = nope\n", credentials: keys},
		"garbage in the config file":         {config: "[default]\nregion = us-east-1\ngarbage\n", credentials: keys},
		"garbage in the credentials file":    {config: "[default]\nregion = us-east-1\n", credentials: keys + "garbage\n"},
		"indented keys":                      {config: "[default]\nregion = us-east-1\n", credentials: strings.ReplaceAll(keys, "aws", "  aws")},
		"invalid duration":                   {config: "[default]\nrole_arn = arn:aws:iam::444455556666:role/Over\nsource_profile = base\nduration_seconds = x\nregion = us-east-1\n", credentials: strings.Replace(keys, "default", "base", 1)},
		"missing source profile":             {config: "[default]\nrole_arn = arn:aws:iam::444455556666:role/Over\nsource_profile = base\n"},
		"half a key, and another file":       {config: "[default]\naws_access_key_id = AKID\n", credentials: keys},
		"missing profile":                    {credentials: keys, env: map[string]string{"AWS_PROFILE": "nope"}},
		"invalid attempts":                   {config: "[default]\nmax_attempts = x\n", credentials: keys},
		"SSO in the config file, keys after": {config: "[default]\nsso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = R\n", credentials: "[default]\n\taws_access_key_id = AKID\n\taws_secret_access_key = s\n"},
	} {
		t.Run(name, func(t *testing.T) {
			home := newLonelyHome(t)
			home.Write("config", tt.config)
			home.Write("credentials", tt.credentials)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			if kind := compare(t); kind == "SSO" || kind == "served" {
				t.Error("the SDK treats this as SSO")
			}
		})
	}
}

// TestNothingChangesInSDKTestData compares the profiles in the SDK's own test data.
func TestNothingChangesInSDKTestData(t *testing.T) {
	filetest.SkipUnderWine(t, "go command")
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/config").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	home := newLonelyHome(t)
	t.Chdir(filepath.Dir(dir)) // for the commands of credential_process
	header := regexp.MustCompile(`(?m)^\s*\[(?:profile\s+)?([^]\n]*)\]`)
	kinds := map[string]int{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, files := range [][2]string{{string(data), ""}, {"", string(data)}, {string(data), "[default]\naws_access_key_id = AKID\naws_secret_access_key = s\n"}} {
			home.Write("config", files[0])
			home.Write("credentials", files[1])
			names := []string{"", "default"}
			for _, found := range header.FindAllStringSubmatch(string(data), -1) {
				names = append(names, strings.TrimSpace(found[1]))
			}
			for _, name := range names {
				t.Setenv("AWS_PROFILE", name)
				kinds[compare(t)]++
				if t.Failed() {
					t.Fatalf("%s, profile %q, as config %t", entry.Name(), name, files[0] != "")
				}
			}
		}
	}
	if kinds["SSO"] == 0 || kinds["plain"] < 100 {
		t.Errorf("the test data has changed: %v", kinds)
	}
}

// TestNothingChangesInGeneratedFiles compares generated files, some with unusual lines.
func TestNothingChangesInGeneratedFiles(t *testing.T) {
	home := newLonelyHome(t)
	kinds := map[string]int{}
	for seed := range uint64(1000) {
		g := &generator{rand.New(rand.NewPCG(seed, 20))}
		files := [2]string{g.config(), g.credentials()}
		home.Write("config", files[0])
		home.Write("credentials", files[1])
		home.Write("config2", g.config())
		restore := setenv(g.env(home.Path))
		kinds[compare(t, g.options(home.File("config"))...)]++
		restore()
		if t.Failed() {
			t.Fatalf("seed %d, config file:\n%s\ncredentials file:\n%s", seed, files[0], files[1])
		}
	}
	if kinds["served"] < 40 || kinds["plain"] < 300 {
		t.Errorf("the generator makes too few of one kind: %v", kinds)
	}
}

// generator generates shared config files.
type generator struct{ *rand.Rand }

func (g *generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *generator) config() string {
	var b strings.Builder
	b.WriteString(g.pick("", "", "", "\ufeff", "# comment\n", "global = 1\n", "\n"))
	names := []string{"default", "本番", "dev", "default", "dev"}[:1+g.IntN(5)]
	for _, name := range names {
		header := "[profile " + name + "]"
		if name == "default" {
			header = g.pick("[default]", "[default]", "[profile default]")
		}
		b.WriteString(g.pick("", "", "", "", " ", "\t") + header + g.pick("", "", "", " ", " # comment", ";x") + "\n")
		g.body(&b)
	}
	b.WriteString("[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n")
	b.WriteString(g.pick("", "[services mine]\nsts =\n  endpoint_url = https://sts\n", "[services mine]\ns3 =\n endpoint_url = https://s3\n"))
	return g.withLineEndings(b.String())
}

func (g *generator) credentials() string {
	var b strings.Builder
	for range g.IntN(4) {
		b.WriteString(g.pick("", "", "", " ") + "[" + g.pick("default", "default", "dev", "本番", "profile dev") + "]\n")
		if g.IntN(3) > 0 {
			indent := g.pick("", "", "", "  ", "\t")
			b.WriteString(indent + "aws_access_key_id = AKID" + g.pick("1", "2") + "\n" + indent + "aws_secret_access_key = s\n")
		} else {
			g.body(&b)
		}
	}
	return g.withLineEndings(b.String())
}

// body writes the body of a section.
func (g *generator) body(b *strings.Builder) {
	if g.IntN(2) == 0 {
		g.line(b, "region = eu-west-1", "region=eu-west-1", "REGION = eu-west-2", "region = eu-west-3 # comment", "region = eu-west-1 ;")
	}
	if g.IntN(2) == 0 {
		g.line(b,
			"aws_access_key_id = AKID\naws_secret_access_key = s", "aws_access_key_id = AKID\naws_secret_access_key = s\naws_session_token = t",
			"role_arn = arn:aws:iam::444455556666:role/Over\nsource_profile = 本番", "role_arn = arn:aws:iam::444455556666:role/Own\nsource_profile = dev",
			"role_arn = arn:aws:iam::444455556666:role/E\ncredential_source = Environment", "role_arn = r\ncredential_source = Ec2InstanceMetadata",
			"role_arn = r\nweb_identity_token_file = token",
			"credential_process = false", `credential_process = echo '{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"s"}'`,
			"sso_session = corp",
			"sso_start_url = https://x\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = R",
		)
	}
	if g.IntN(3) == 0 {
		g.line(b,
			"sso_session = corp\nsso_account_id = 1\nsso_role_name = R", "sso_session = corp\nsso_account_id = 2\nsso_role_name = S",
			"sso_session = corp\nsso_account_id = 3\nsso_role_name = T\nrole_arn = arn:aws:iam::444455556666:role/F\nexternal_id = x\nsource_profile = 本番\nregion = eu-north-1",
			"sso_account_id = 4",
		)
	}
	if g.IntN(3) == 0 {
		g.line(b, "services = mine", "endpoint_url = https://all", "s3 =\n  max_concurrent_requests = 1", "output = json", "use_fips_endpoint = true",
			"duration_seconds = 3600", "max_attempts = 2", "retry_mode = standard", "# comment", "; comment", "", "sso_session =", "region =")
	}
	for range g.IntN(5) / 4 * (1 + g.IntN(2)) {
		g.line(b,
			"aws_access_key_id = AKID", "aws_secret_access_key = s", "credential_source = Ec2InstanceMetadata", "role_arn = r", "source_profile = 本番",
			"mfa_serial = m", "web_identity_token_file = token", "sso_session = nope", "sso_account_id = 1", "sso_region = us-east-1",
			"region: eu-west-1", "region = \"eu-west-1\"", "\u00a0region = eu-west-1", "région = x", "services = nope", "use_fips_endpoint = yes",
			"use_dualstack_endpoint = x", "ignore_configured_endpoint_urls = 1", "duration_seconds = x", "duration_seconds = 60",
			"duration_seconds = -1", "max_attempts = x", "retry_mode = odd", "retry_mode = legacy", "garbage", "=", "= value", "key", "[", "]", "a b = c",
		)
	}
}

func (g *generator) line(b *strings.Builder, choices ...string) {
	b.WriteString(g.pick("", "", "", "", "", "", "", "", "  ", "\t") + g.pick(choices...) + "\n")
}

// withLineEndings gives all lines the same line ending.
func (g *generator) withLineEndings(text string) string {
	switch g.IntN(8) {
	case 0:
		return strings.ReplaceAll(text, "\n", "\r\n")
	case 1:
		return strings.TrimSuffix(text, "\n")
	}
	return text
}

// options returns load options.
func (g *generator) options(configFile string) []option {
	switch g.IntN(9) {
	case 0, 1, 2:
		return []option{config.WithSharedConfigFiles([]string{configFile, configFile + "2"})}
	case 3:
		return []option{config.WithSharedConfigProfile(g.pick("default", "dev", "本番"))}
	case 4:
		return []option{config.WithDefaultRegion("ca-west-1")}
	}
	return nil
}

// env returns environment variables.
func (g *generator) env(home string) map[string]string {
	env := map[string]string{"AWS_PROFILE": g.pick("", "", "", "default", "dev", "本番", "nope")}
	switch g.IntN(12) {
	case 0:
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"] = "AKIDENV", "s"
	case 1:
		env["AWS_WEB_IDENTITY_TOKEN_FILE"], env["AWS_ROLE_ARN"], env["AWS_REGION"] = filepath.Join(home, ".aws", "token"), "arn", "us-east-1"
	case 2:
		env["AWS_REGION"] = "us-west-2"
	case 3:
		env["AWS_USE_FIPS_ENDPOINT"] = g.pick("true", "yes")
	case 4:
		env["AWS_MAX_ATTEMPTS"] = g.pick("1", "x")
	case 5:
		env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = g.pick("true", "yes")
	}
	return env
}
