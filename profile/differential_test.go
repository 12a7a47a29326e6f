package profile_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

// reading is a profile as Latchkey or the Go SDK reads it.
type reading struct {
	Region, Endpoint                                    string
	FIPS                                                bool
	Session, StartURL, SSORegion, AccountID, RoleName   string
	RoleARN, ExternalID, MFASerial, SessionName, Source string
}

// both reads a profile with Latchkey and with the Go SDK.
func both(t *testing.T, dir, name string) (ours, theirs reading, err, theirErr error) {
	t.Helper()
	return bothOf(t, name, []string{filepath.Join(dir, "config")}, []string{filepath.Join(dir, "credentials")})
}

func bothOf(t *testing.T, name string, configFiles, credentialsFiles []string) (ours, theirs reading, err, theirErr error) {
	t.Helper()
	p, err := profile.Load(name, environment{}.use, func(o *profile.Options) {
		o.ConfigFiles, o.CredentialsFiles = configFiles, credentialsFiles
	})
	c, theirErr := config.LoadSharedConfigProfile(t.Context(), name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = configFiles, credentialsFiles
	})
	if err == nil {
		ours = readingOf(p)
	}
	if theirErr == nil {
		theirs = theirReadingOf(&c)
	}
	return ours, theirs, err, theirErr
}

func readingOf(p *profile.Profile) reading {
	r := reading{Region: p.Region, RoleARN: p.RoleARN, ExternalID: p.ExternalID, MFASerial: p.MFASerial, SessionName: p.RoleSessionName}
	r.Endpoint, r.FIPS = p.Endpoints.SSO, p.UseFIPS
	if p.SourceProfile != nil {
		r.Source = p.SourceProfile.Name
		return r
	}
	r.AccountID, r.RoleName = p.AccountID, p.RoleName
	if s := p.Session; s != nil {
		r.Session, r.StartURL, r.SSORegion = s.Name, s.StartURL, s.Region
	}
	return r
}

func theirReadingOf(c *config.SharedConfig) reading {
	r := reading{Region: c.Region, Source: c.SourceProfileName, Endpoint: c.BaseEndpoint, FIPS: c.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled}
	if c.RoleARN != "" {
		r.RoleARN, r.ExternalID, r.MFASerial, r.SessionName = c.RoleARN, c.ExternalID, c.MFASerial, c.RoleSessionName
	}
	if r.Source != "" {
		return r // which takes the place of the profile's own sign-in
	}
	r.AccountID, r.RoleName, r.StartURL, r.SSORegion = c.SSOAccountID, c.SSORoleName, c.SSOStartURL, c.SSORegion
	if s := c.SSOSession; s != nil {
		r.Session, r.StartURL, r.SSORegion = s.Name, s.SSOStartURL, s.SSORegion
	}
	return r
}

// differences are the known ones from the Go SDK, each with lines that show it in the
// config file or the credentials file, and what either reads. They are all on purpose:
// the Go SDK departs from the grammar the AWS SDKs share, and from the other SDKs.
var differences = []struct {
	name, reason        string
	config, credentials string
	ours, theirs        reading
	err, theirErr       string // a part of it
}{
	{
		name: "byte order mark", reason: "the Go SDK loses the first section",
		config: "\ufeff[profile a]\nregion = x\n", ours: reading{Region: "x"}, theirErr: "failed to get shared config profile",
	},
	{
		name: "quoted value", reason: "the Go SDK takes quotes off, the grammar knows none",
		config: "[profile a]\nregion = \"x\"\n", ours: reading{Region: `"x"`}, theirs: reading{Region: "x"},
	},
	{
		name: "quoted name", reason: "the Go SDK takes the quotes for a part of the name, the AWS CLI writes them",
		config: "[profile 'a']\nregion = x\n", ours: reading{Region: "x"}, theirErr: "failed to get shared config profile",
	},
	{
		name: "name with a space", reason: "the Go SDK reads it without quotes, other SDKs do not",
		config: "[profile a]\nsso_session = s t\n[sso-session s t]\nsso_region = r\nsso_start_url = u\n",
		err:    "there is no [sso-session", theirs: reading{Session: "s t", SSORegion: "r", StartURL: "u"},
	},
	{
		name: "value over two lines", reason: "we refuse it in a setting we need, the Go SDK reads a line end in it",
		config: "[profile a]\nregion = x\n  y\n", err: "continues on the next line", theirs: reading{Region: "x\ny"},
	},
	{
		name: "colon for the equals sign", reason: "the Go SDK and the AWS CLI take it, the grammar does not",
		config: "[profile a]\nregion: x\n", err: "Expected an '=' sign", theirs: reading{Region: "x"},
	},
	{
		name: "colon in a key", reason: "the Go SDK ends the key at the colon",
		config: "[profile a]\nregion:x = y\n", ours: reading{}, theirs: reading{Region: "x = y"},
	},
	{
		name: "garbage line", reason: "the Go SDK passes over it, the grammar forbids it",
		config: "[profile a]\nregion = x\nwhat\n", err: "Expected an '=' sign", theirs: reading{Region: "x"},
	},
	{
		name: "text after a section line", reason: "the Go SDK passes over the line and gives its settings to the section before, the grammar forbids it",
		config: "[profile b]\n[profile a] x\nregion = x\n", err: "must end with ']'", theirErr: "failed to get shared config profile",
	},
	{
		name: "session in the credentials file", reason: "the Go SDK reads it, other tools only read the config file",
		config: "[profile a]\nsso_session = s\n", credentials: "[sso-session s]\nsso_region = r\nsso_start_url = u\n",
		err: "there is no [sso-session s]", theirs: reading{Session: "s", SSORegion: "r", StartURL: "u"},
	},
	{
		name: "half a key in the credentials file", reason: "the Go SDK refuses the profile, others pass over the half",
		config: "[profile a]\nregion = x\n", credentials: "[a]\naws_access_key_id = x\n", ours: reading{Region: "x"}, theirErr: "partial credentials",
	},
	{
		name: "endpoint in the credentials file", reason: "the Go SDK loses it, and some other settings, when the config file has the profile too",
		config: "[profile a]\nregion = x\n", credentials: "[a]\nendpoint_url = u\n", ours: reading{Region: "x", Endpoint: "u"}, theirs: reading{Region: "x"},
	},
	{
		name: "switch that is neither true nor false", reason: "we refuse it, the Go SDK takes it for false",
		config: "[profile a]\nuse_fips_endpoint = yes\n", err: `invalid use_fips_endpoint "yes"`,
	},
	{
		name: "account without a role", reason: "we refuse it when reading, the Go SDK only when it signs in",
		config: "[profile a]\nsso_account_id = 1\n", err: "are missing from the profile", theirs: reading{AccountID: "1"},
	},
	{
		name: "session that differs from the profile", reason: "we refuse it when reading, the Go SDK only when it signs in",
		config: "[profile a]\nsso_session = s\nsso_region = q\n[sso-session s]\nsso_region = r\nsso_start_url = u\n",
		err:    `is "q" here and "r" in `, theirs: reading{Session: "s", SSORegion: "r", StartURL: "u"},
	},
	{
		name: "source profile without a role", reason: "we pass over it as the AWS CLI does, the Go SDK refuses it",
		config: "[profile a]\nregion = x\nsource_profile = b\n", ours: reading{Region: "x"}, theirErr: "requires role_arn",
	},
	{
		name: "circle of source profiles", reason: "the Go SDK ends it with the first profile's own keys, we and the AWS CLI reject it",
		config:      "[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n",
		credentials: "[a]\naws_access_key_id = x\naws_secret_access_key = y\n", err: "forms a cycle", theirs: reading{RoleARN: "x", Source: "b"},
	},
}

func TestDifferencesFromGoSDK(t *testing.T) {
	for _, tt := range differences {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			filetest.Write(t, filepath.Join(dir, "config"), tt.config)
			filetest.Write(t, filepath.Join(dir, "credentials"), tt.credentials)
			ours, theirs, err, theirErr := both(t, dir, "a")
			if diff := cmp.Diff(tt.ours, ours); diff != "" {
				t.Errorf("ours: %s", diff)
			}
			if diff := cmp.Diff(tt.theirs, theirs); diff != "" {
				t.Errorf("theirs: %s", diff)
			}
			for _, e := range []struct {
				err  error
				want string
			}{{err, tt.err}, {theirErr, tt.theirErr}} {
				if got := fmt.Sprint(e.err); (e.err == nil) != (e.want == "") || !strings.Contains(got, e.want) {
					t.Errorf("error is %v, want %q", e.err, e.want)
				}
			}
			if tt.reason == "" || err == nil && theirErr == nil && ours == theirs {
				t.Error("there is no difference, or no reason for one")
			}
		})
	}
}

// generator writes files that both readers read in the same way.
type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// settings of a section, some of them twice and some with what is to be skipped.
func (g generator) settings(b *strings.Builder, endpoints bool, lines ...string) {
	for range g.IntN(3) {
		lines = append(lines, g.pick(
			"region = eu-west-1", "Region=us-east-1 # c", "region\t=  us-west-2\t; c", "output = json", "# region = x", "", " \t", ";", "region =",
			"s3 =\n  max = 1\n\n  addressing = x", "granted_x = y#z", "use_fips_endpoint = TRUE", "use_fips_endpoint = false", "cli_pager = a = b", "credential_process = c",
		))
	}
	if endpoints && g.IntN(4) == 0 {
		lines = append(lines, "endpoint_url = http://e")
	}
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	b.WriteString(strings.Join(lines, "\n") + "\n")
}

var sectionForms = []string{"[profile %s]", "[profile\t%s ]", "[profile %s] # c", "[profile %s];c"}

func (g generator) files() (config, credentials string) {
	var c, d strings.Builder
	for _, s := range []string{"s", "t/u"} {
		c.WriteString(g.pick("# sessions\n\n", "") + "[sso-session " + s + "]\n")
		g.settings(&c, true, "sso_start_url = https://"+s+"/start#/", g.pick("sso_region = eu-west-1", "SSO_Region = us-east-1 ; c"))
	}
	for range 2 + g.IntN(8) {
		name := g.pick("a", "a", "b", "b", "c", "d.e@f", "dév", "x=y", "default")
		if c.WriteString(fmt.Sprintf(g.pick(sectionForms...), name) + "\n"); name == "default" && g.IntN(2) == 0 {
			c.WriteString("[default]\n")
		}
		g.settings(&c, true, g.signIn()...)
	}
	for range g.IntN(4) {
		d.WriteString("[" + g.pick("a", "b", "only", "default") + "]\n")
		g.settings(&d, false, g.pick("", "aws_access_key_id = x\naws_secret_access_key = y", "aws_secret_access_key = y", "sso_role_name = Other", "sso_session = s"))
	}
	config, credentials = g.indent(c.String()), g.indent(d.String())
	if g.IntN(3) == 0 {
		config = strings.ReplaceAll(config, "\n", "\r\n")
	}
	return config, strings.TrimSuffix(credentials, g.pick("", "\n"))
}

// indent indents some of the lines, and puts comments and non-breaking spaces in between.
func (g generator) indent(text string) string {
	if g.IntN(2) == 0 {
		return text
	}
	indents := []string{"", "", g.pick("", "  ", "\t"), g.pick("", " ", "\u00a0")}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, " ") || g.IntN(4) == 0 {
			line = g.pick(indents...) + line
		}
		if g.IntN(8) == 0 {
			line = strings.TrimSuffix(line, "\n") + g.pick("\u00a0", " \u2003") + "\n"
		}
		b.WriteString(line + g.pick("", "", "", "  # indented = comment\n", "\t;\n"))
	}
	return b.String()
}

func (g generator) signIn() []string {
	switch g.IntN(6) {
	case 0:
		return []string{"sso_session = " + g.pick("s", "t/u"), "sso_account_id = 012345678901", "sso_role_name = Admin"}
	case 1:
		return []string{"sso_session = s"}
	case 2:
		return []string{"sso_start_url = https://old", "sso_region = eu-west-1", "sso_account_id = 012345678901", "sso_role_name = " + g.pick("Admin", "Reader # c")}
	case 3:
		return []string{"role_arn = arn:aws:iam::1:role/x", "source_profile = " + g.pick("a", "b", "only", "default"), "external_id = e", "mfa_serial = " + g.pick("", "m")}
	case 4:
		return []string{"role_arn = arn:aws:iam::1:role/y", "role_session_name = n"}
	}
	return []string{g.pick("", "", "", "source_profile = a")}
}

// TestAgreesWithGoSDK compares both readers on generated files. They may differ only as
// rejections lists.
func TestAgreesWithGoSDK(t *testing.T) {
	t.Parallel()
	g := generator{rand.New(rand.NewPCG(5, 6))}
	dir := t.TempDir()
	compared, rejected := 0, map[string]int{}
	for range 700 {
		configText, credentials := g.files()
		filetest.Write(t, filepath.Join(dir, "config"), configText)
		filetest.Write(t, filepath.Join(dir, "credentials"), credentials)
		for _, name := range []string{"a", "b", "c", "d.e@f", "dév", "x=y", "only", "default", "none"} {
			ours, theirs, err, theirErr := both(t, dir, name)
			switch diff := cmp.Diff(ours, theirs); {
			case err != nil && theirErr != nil:
			case err == nil && theirErr == nil && diff == "":
				compared++
			case err != nil || theirErr != nil:
				rejected[rejection(t, name, err, theirErr)]++
			default:
				t.Errorf("%q: %s\nconfig %q\ncredentials %q", name, diff, configText, credentials)
			}
			if t.Failed() {
				t.Fatalf("%q: ours %v, theirs %v\nconfig %q\ncredentials %q", name, err, theirErr, configText, credentials)
			}
		}
	}
	if compared < 1500 {
		t.Errorf("only %d profiles compared", compared)
	}
	for _, r := range rejections {
		if rejected[r.name] == 0 {
			t.Errorf("no profile shows %q", r.name)
		}
	}
	t.Logf("%d profiles the same, rejected by one of the two: %v", compared, rejected)
}

// TestSeveralFilesAgreeWithGoSDK merges files as the Go SDK does.
func TestSeveralFilesAgreeWithGoSDK(t *testing.T) {
	t.Parallel()
	g := generator{rand.New(rand.NewPCG(7, 8))}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	configFiles := []string{path("missing"), path("config"), path("config2")}
	credentialsFiles := []string{path("credentials"), path("credentials2"), path("missing")}
	compared := 0
	for range 250 {
		texts := map[string]string{}
		texts["config"], texts["credentials"] = g.files()
		texts["config2"], texts["credentials2"] = g.files()
		for name, text := range texts {
			filetest.Write(t, path(name), text)
		}
		for _, name := range []string{"a", "b", "c", "d.e@f", "dév", "only", "default", "none"} {
			ours, theirs, err, theirErr := bothOf(t, name, configFiles, credentialsFiles)
			switch diff := cmp.Diff(ours, theirs); {
			case err != nil || theirErr != nil:
				if err == nil || theirErr == nil {
					rejection(t, name, err, theirErr)
				}
			case diff == "":
				compared++
			default:
				t.Errorf("%q: %s", name, diff)
			}
			if t.Failed() {
				t.Fatalf("%q: ours %v, theirs %v\n%q", name, err, theirErr, texts)
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d profiles compared", compared)
	}
}

// rejections are the reasons why only one of the two may reject a profile.
var rejections = []struct {
	name         string
	ours, theirs *regexp.Regexp
}{
	{name: "incomplete sign-in: the Go SDK rejects it later", ours: regexp.MustCompile("(is|are) missing from ")},
	{name: "setting below one without a value: the Go SDK loses it", ours: regexp.MustCompile("continues on the next line")},
	{name: "differs from its session: the Go SDK rejects it later", ours: regexp.MustCompile(`is ".*" here and ".*" in `)},
	{name: "circle: the Go SDK ends it with the first profile's own sign-in, we and the AWS CLI reject it", ours: regexp.MustCompile("forms a cycle")},
	{name: "source profile without a role: we pass over it as the AWS CLI does", theirs: regexp.MustCompile("requires role_arn")},
	{name: "half a key in the credentials file: we and others pass over it", theirs: regexp.MustCompile("partial credentials")},
	{name: "two sources of credentials: we leave it to the order of the chain", theirs: regexp.MustCompile("only one credential type")},
	{name: "source without credentials: we reject it when it is used", theirs: regexp.MustCompile("failed to load assume role")},
	{name: "default exists even if no file has it", theirs: regexp.MustCompile("failed to get shared config profile, default")},
}

func rejection(t *testing.T, name string, err, theirErr error) string {
	t.Helper()
	i := slices.IndexFunc(rejections, func(r struct {
		name         string
		ours, theirs *regexp.Regexp
	},
	) bool {
		return r.ours != nil && err != nil && r.ours.MatchString(err.Error()) ||
			r.theirs != nil && theirErr != nil && r.theirs.MatchString(theirErr.Error())
	})
	if i < 0 {
		t.Errorf("%q: no reason for %v beside %v", name, err, theirErr)
		return ""
	}
	return rejections[i].name
}
