package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// resolver resolves the profiles and sessions in a set of files.
type resolver struct {
	config, credentials configfile.Searcher
	getenv              func(string) string
	visited             map[string]bool // profiles in the current chain
}

func newResolver(o *Options) *resolver {
	return &resolver{getenv: o.Getenv, credentials: configfile.Searcher{Credentials: true}}
}

func (r *resolver) load(name string) (*Profile, *Error) {
	section, bad := r.findProfile(name)
	switch {
	case bad != nil:
		bad.Profile = name
		return nil, bad
	case section != nil:
	case name == configfile.Default && (r.config.Err == nil || errors.Is(r.config.Err, fs.ErrNotExist)):
		section = &Section{Name: name, File: r.config.Path}
	default:
		bad = r.missing(configfile.Profile, name)
		bad.Profile, bad.Err = name, ErrNotFound
		return nil, bad
	}
	return r.resolve(section, nil)
}

func (r *resolver) findProfile(name string) (*Section, *Error) {
	section, bad := configfile.FindProfile(&r.config, &r.credentials, name)
	return section, syntaxError(bad)
}

// find returns a section of the config file; nil if it does not exist.
func (r *resolver) find(kind configfile.Kind, name string) (*Section, *Error) {
	section, bad := r.config.Find(kind, name)
	return section, syntaxError(bad)
}

// resolve resolves the profile in section. The chain names the profiles that led to it through
// source_profile or credential_process.
func (r *resolver) resolve(section *Section, chain []string) (*Profile, *Error) {
	v := &values{section: section}
	p := &Profile{Name: section.Name, File: section.File, Line: section.Line, Region: v.text("region")}
	r.sso(p, v)
	p.OtherCredentials = otherCredentials(p, v)
	named := r.process(p, v, chain)
	p.Connection = r.connection(v)
	if named != nil {
		p.useCredentialsOf(named)
	}
	r.role(p, v, chain)
	if v.err != nil {
		v.err.Profile = cmp.Or(v.err.Profile, p.Name)
		return nil, v.err
	}
	return p, nil
}

func (r *resolver) sso(p *Profile, v *values) {
	name := strings.TrimSpace(v.text("sso_session"))
	p.LoginOnDemand = strings.EqualFold(v.text("latchkey_login_on_demand"), "true")
	p.AccountID, p.RoleName = v.text("sso_account_id"), v.text("sso_role_name")
	switch {
	case v.err != nil:
	case name != "":
		p.Session = r.namedSession(name, v)
		if p.AccountID != "" || p.RoleName != "" {
			v.require("the profile", "sso_account_id", "sso_role_name")
		}
	case p.AccountID != "" || p.RoleName != "" || v.text("sso_start_url") != "" || v.text("sso_region") != "":
		p.Session = r.legacySession(v)
		v.checkRegion("sso_region")
	}
}

// otherCredentials follows the order of the Go SDK's credential chain.
func otherCredentials(p *Profile, v *values) string {
	if v.has("aws_access_key_id") && v.has("aws_secret_access_key") {
		return "static keys"
	}
	keys := []string{"credential_source", "web_identity_token_file"}
	if p.Session == nil {
		keys = append(keys, "login_session", "credential_process")
	}
	for _, key := range keys {
		if v.has(key) {
			return key
		}
	}
	return ""
}

// role resolves the role to assume and its source profile.
func (r *resolver) role(p *Profile, v *values, chain []string) {
	base := *p
	if len(chain) > 0 && p.OtherCredentials == "static keys" {
		return // AWS tools use a source profile's keys rather than its role
	}
	arn := v.text("role_arn")
	if arn == "" {
		return
	}
	p.RoleARN, p.SourceProfile = arn, nil
	if base.RoleARN != "" {
		p.SourceProfile = &base // its credential_process returns credentials of a role
	}
	p.ExternalID = v.text("external_id")
	p.RoleSessionName = v.text("role_session_name")
	p.MFASerial = v.text("mfa_serial")
	p.DurationSeconds = v.duration("duration_seconds")

	source := v.text("source_profile")
	chain = r.visit(chain, p.Name)
	switch {
	case v.err != nil || source == "":
	case v.has("credential_source"):
		v.fail("source_profile", "source_profile and credential_source are mutually exclusive", "remove one")
	case source == p.Name:
		// AWS tools allow this: the profile's own credentials assume the role.
		if base.Session == nil && base.OtherCredentials == "" && base.RoleARN == "" {
			v.fail("source_profile", "source_profile is the profile itself, which has no credentials",
				"name another profile, or add sso_session")
		}
		p.SourceProfile = &base
	case r.visited[source]:
		v.fail("source_profile", "source_profile forms a cycle: "+strings.Join(append(chain, source), " -> "),
			"name a profile outside the cycle")
	default:
		p.SourceProfile = r.referenced("source_profile", fmt.Sprintf("source_profile is %q", source), source, v, chain)
	}
}

// visit appends a profile to the chain.
func (r *resolver) visit(chain []string, name string) []string {
	if r.visited == nil {
		r.visited = map[string]bool{}
	}
	r.visited[name] = true
	return append(chain, name)
}

// referenced resolves the profile that a key names. Errors start with setting, a description of
// the key and its value.
func (r *resolver) referenced(key, setting, name string, v *values, chain []string) *Profile {
	section, bad := r.findProfile(name)
	switch {
	case bad != nil:
		bad.Profile = name
		v.keep(bad)
		return nil
	case section == nil:
		v.missing(key, setting, r.missing(configfile.Profile, name))
		return nil
	}
	p, bad := r.resolve(section, chain)
	if bad != nil {
		v.keep(bad)
	}
	return p
}
