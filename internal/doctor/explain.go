package doctor

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/profile"
)

// Explanation says where the settings of a profile come from, and which credentials each
// tool uses for it.
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

// Tool is an AWS SDK or tool.
type Tool struct {
	Name string `json:"name"`
	// Credentials says which source of credentials it uses.
	Credentials string `json:"credentials"`
}

// Explain explains the profile called name; empty selects the one of the environment. The
// error is one of package profile.
func Explain(name string, getenv func(string) string) (Explanation, error) {
	if _, err := profile.Load(name); err != nil {
		return Explanation{}, err
	}
	e := &exam{Options: Options{Profile: name, Getenv: getenv}}
	x := Explanation{Profile: e.selected()}
	section := e.section(x.Profile)
	if section == nil {
		section = &profile.Section{Name: x.Profile}
	}
	x.Settings = settings(section, e.sessionSection(section), getenv)
	x.Tools = credentialsOf(sourcesOf(section, getenv))
	return x, nil
}

// sessionSection returns the sso-session that a profile names; nil if there is none.
func (e *exam) sessionSection(section *profile.Section) *profile.Section {
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

// explained are the settings that matter to credentials, in the order of the output, each
// with the environment variables that win over the files.
var explained = []struct {
	name      string
	variables []string
}{
	{"sso_session", nil},
	{"sso_start_url", nil},
	{"sso_region", nil},
	{"sso_registration_scopes", nil},
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

// settings returns what is set, each with the source that wins.
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
		// The session's settings win over the profile's for the sign-in, and count for
		// nothing else.
		if s == nil || s == session && !strings.HasPrefix(name, "sso_") {
			continue
		}
		if p, ok := s.Get(name); ok {
			return Setting{Name: name, Value: shown(p), Source: fmt.Sprintf("%s:%d", p.File, p.Line)}, true
		}
	}
	return Setting{}, false
}

// shown is the value of a property as it may be shown.
func shown(p profile.Property) string {
	_, value, _ := strings.Cut(p.String(), " = ")
	return withoutPassword(value)
}

// sources are the sources of credentials that a profile and the environment offer.
type sources struct {
	envKeys, envWebIdentity bool

	static, sso, process, webIdentity, credentialSource bool
	assumesRole                                         bool // role_arn with source_profile
	ssoRole                                             bool // role_arn over the profile's own SSO settings
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

// What a tool may use, as the output names it.
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
	useElse        = "none of the profile: it tries containers and EC2 instance metadata"
	useNothing     = "none: it rejects the profile"
)

// candidate is a source of credentials, if a profile has it.
type candidate struct {
	has bool
	use string
}

func firstOf(candidates ...candidate) string {
	for _, c := range candidates {
		if c.has {
			return c.use
		}
	}
	return useElse
}

// credentialsOf returns what each tool uses when AWS_PROFILE selects the profile. The tools
// disagree about the order.
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
	return []Tool{
		{"latchkey", firstOf(role, sso, candidate{true, useNothing})},
		{"AWS SDK for Go v2", firstOf(envKeys, identity, role, static, source, web, sso, process)},
		{"AWS CLI and boto3", firstOf(envKeys, role, source, rejected, identity, web, sso, static, process)},
		{"AWS SDK for JavaScript v3", firstOf(role, source, static, web, process, ssoOnly, identity)},
		{"AWS SDK for Rust", firstOf(envKeys, role, source, rejected, web, sso, process, static, identity)},
	}
}
