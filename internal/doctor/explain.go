package doctor

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Explanation says where a profile's settings come from and which credentials each tool uses.
type Explanation struct {
	Profile  string    `json:"profile"`
	Settings []Setting `json:"settings"`
	Tools    []Tool    `json:"tools"`
}

// Setting is a setting in effect.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"` // "[redacted]" if it is a secret
	// Source is the environment variable or the file and line; empty for a default.
	Source string `json:"source,omitempty"`
}

// Tool is an AWS SDK or tool and the credentials it uses.
type Tool struct {
	Name string `json:"name"`
	// Credentials describes the source of the credentials.
	Credentials string `json:"credentials"`
}

// Explain explains the named profile; an empty name means the one that getenv selects. The
// error is from [profile.Load].
func Explain(name string, getenv func(string) string) (Explanation, error) {
	p, err := profile.Load(name)
	if err != nil {
		return Explanation{}, err
	}
	c := &checker{Options: Options{Profile: name, Getenv: getenv}}
	x := Explanation{Profile: c.selected()}
	section := c.section(x.Profile)
	if section == nil {
		section = &profile.Section{Name: x.Profile}
	}
	x.Settings = settings(section, c.sessionSection(section), getenv)
	from := sourcesOf(section, getenv)
	from.signIn = p.Origin().Session != nil
	from.elsewhere = from.signIn && isElsewhere(p.Origin().Session)
	x.Tools = credentialsOf(from)
	return x, nil
}

// sessionSection returns the profile's sso-session section; nil if it has none.
func (c *checker) sessionSection(section *profile.Section) *profile.Section {
	name, _ := section.Get("sso_session")
	shared, _ := profile.ReadAll()
	if shared == nil {
		return nil
	}
	for _, s := range shared.Sessions {
		if s.Name == strings.TrimSpace(name.Value) {
			return s
		}
	}
	return nil
}

// explained lists the settings that matter for credentials, in output order, and the environment
// variables that override them.
var explained = []struct {
	name      string
	variables []string
}{
	{"sso_session", nil},
	{"sso_start_url", nil},
	{"sso_region", nil},
	{"sso_registration_scopes", nil},
	{"latchkey_token_store", []string{"LATCHKEY_TOKEN_STORE"}},
	{"latchkey_share_access_token", nil},
	{"sso_account_id", nil},
	{"sso_role_name", nil},
	{"role_arn", nil},
	{"source_profile", nil},
	{"credential_source", nil},
	{"web_identity_token_file", nil},
	{"credential_process", nil},
	{"aws_access_key_id", nil},
	{"region", []string{"AWS_REGION", "AWS_DEFAULT_REGION"}},
	{"services", nil},
	{"endpoint_url", []string{"AWS_ENDPOINT_URL"}},
	{"use_fips_endpoint", []string{"AWS_USE_FIPS_ENDPOINT"}},
	{"use_dualstack_endpoint", []string{"AWS_USE_DUALSTACK_ENDPOINT"}},
	{"ignore_configured_endpoint_urls", []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}},
	{"ca_bundle", []string{"AWS_CA_BUNDLE"}},
	{"retry_mode", []string{"AWS_RETRY_MODE"}},
	{"max_attempts", []string{"AWS_MAX_ATTEMPTS"}},
	{"sdk_ua_app_id", []string{"AWS_SDK_UA_APP_ID"}},
}

// settings returns the settings in effect.
func settings(section, session *profile.Section, getenv func(string) string) []Setting {
	var all []Setting
	for _, x := range explained {
		if s, ok := setting(x.name, x.variables, section, session, getenv); ok {
			all = append(all, s)
		}
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"} {
		if value := getenv(name); value != "" {
			all = append(all, Setting{Name: strings.ToLower(strings.TrimPrefix(name, "AWS_")), Value: withoutPassword(value), Source: name})
		}
	}
	return all
}

func setting(name string, variables []string, section, session *profile.Section, getenv func(string) string) (Setting, bool) {
	for _, variable := range variables {
		if value := getenv(variable); value != "" {
			return Setting{Name: name, Value: withoutPassword(value), Source: variable}, true
		}
	}
	for _, s := range []*profile.Section{session, section} {
		// The session overrides the profile for the sign-in only.
		if s == nil || s == session && !strings.HasPrefix(name, "sso_") && !strings.HasPrefix(name, "latchkey_") {
			continue
		}
		if p, ok := s.Get(name); ok {
			return Setting{Name: name, Value: shown(p), Source: fmt.Sprintf("%s:%d", p.File, p.Line)}, true
		}
	}
	return Setting{}, false
}

// shown returns the value of a property without secrets.
func shown(p profile.Property) string {
	_, value, _ := strings.Cut(p.String(), " = ")
	return withoutPassword(value)
}

// sources are the sources of credentials in a profile and the environment.
type sources struct {
	envKeys, envWebIdentity bool

	static, sso, process, webIdentity, credentialSource bool
	assumesRole                                         bool // role_arn with source_profile
	signIn                                              bool // the profile, or the end of its source_profile chain, signs in
	ssoRole                                             bool // role_arn over the profile's own SSO settings
	elsewhere                                           bool // other AWS tools do not find the sign-in
}

// isElsewhere reports whether other AWS tools do not find the token of a session.
func isElsewhere(s *profile.Session) bool {
	shared, err := tokencache.DefaultDir()
	store, openErr := tokenstore.Open(s.TokenStore) // without drivers: an error means encrypted or remote
	return !s.ShareAccessToken && err == nil && (openErr != nil || store.Tokens != shared)
}

func sourcesOf(section *profile.Section, getenv func(string) string) sources {
	has := func(key string) bool {
		p, ok := section.Get(key)
		return ok && p.Value != ""
	}
	sso := has("sso_account_id") || has("sso_role_name")
	return sources{
		envKeys:          getenv("AWS_ACCESS_KEY_ID") != "" && getenv("AWS_SECRET_ACCESS_KEY") != "",
		envWebIdentity:   getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" && getenv("AWS_ROLE_ARN") != "",
		static:           has("aws_access_key_id"),
		sso:              sso,
		process:          has("credential_process"),
		webIdentity:      has("web_identity_token_file"),
		credentialSource: has("credential_source"),
		assumesRole:      has("role_arn") && has("source_profile"),
		ssoRole:          has("role_arn") && sso && !has("source_profile") && !has("credential_source") && !has("web_identity_token_file"),
	}
}

// The sources of credentials, as the output names them.
const (
	useEnvKeys     = "the keys in AWS_ACCESS_KEY_ID"
	useEnvIdentity = "the web identity in AWS_WEB_IDENTITY_TOKEN_FILE"
	useRole        = "the role in role_arn, with source_profile"
	useSSO         = "Identity Center"
	useSSORole     = "the role in role_arn, with Identity Center"
	useStatic      = "the static keys of the profile"
	useProcess     = "credential_process"
	useIdentity    = "web_identity_token_file"
	useSource      = "the role in role_arn, with credential_source"
	notFound       = ", but the sign-in is in another token store"
	useElse        = "nothing from the profile: it tries container and EC2 instance metadata"
	useNothing     = "none: it rejects the profile"
)

// candidate is a source of credentials, if a profile has it.
type candidate struct {
	has bool
	use string
}

func firstOf(candidates ...candidate) string {
	for _, candidate := range candidates {
		if candidate.has {
			return candidate.use
		}
	}
	return useElse
}

// credentialsOf returns what each tool uses if AWS_PROFILE selects the profile. Tools disagree
// about the order.
func credentialsOf(s sources) []Tool {
	sso := candidate{s.sso, useSSO}
	if s.ssoRole {
		sso.use = useSSORole
	}
	var (
		envKeys  = candidate{s.envKeys, useEnvKeys}
		identity = candidate{s.envWebIdentity, useEnvIdentity}
		role     = candidate{s.assumesRole, useRole}
		source   = candidate{s.credentialSource, useSource}
		static   = candidate{s.static, useStatic}
		web      = candidate{s.webIdentity, useIdentity}
		process  = candidate{s.process, useProcess}
		rejected = candidate{s.ssoRole, useNothing}
	)
	ssoOnly := candidate{s.sso, useSSO} // ignores role_arn without a source
	latchkey := Tool{"latchkey", firstOf(candidate{s.assumesRole && s.signIn, useRole}, sso, candidate{true, useNothing})}
	if s.elsewhere {
		sso.use, ssoOnly.use = sso.use+notFound, ssoOnly.use+notFound
		role.use += notFound
	}
	return []Tool{
		latchkey,
		{"AWS SDK for Go v2", firstOf(envKeys, identity, role, static, source, web, sso, process)},
		{"AWS CLI and boto3", firstOf(envKeys, role, source, rejected, identity, web, sso, static, process)},
		{"AWS SDK for JavaScript v3", firstOf(role, source, static, web, process, ssoOnly, identity)},
		{"AWS SDK for Rust", firstOf(envKeys, role, source, rejected, web, sso, process, static, identity)},
	}
}
