package profile

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// profiles reports on what the settings of all files mean together.
func (l *linter) profiles(shared *Shared) {
	sessions, services, profiles := byName(shared.Sessions), byName(shared.Services), byName(shared.Profiles)
	for _, s := range shared.Sessions {
		if _, bad := newSession(s); bad != nil {
			bad.Session = s.Name
			code := CodeIncomplete
			if (&values{section: s}).has(bad.Key) {
				code = CodeValue
			}
			l.add(code, bad)
		}
	}
	for _, s := range shared.Profiles {
		p := profileLinter{linter: l, section: s}
		p.signIn(sessions)
		p.reference("services", configfile.Services, services)
		p.reference("source_profile", configfile.Profile, profiles)
		p.values()
		p.sources()
		p.ignoredByGoSDK()
	}
}

func byName(sections []*Section) map[string]*Section {
	m := make(map[string]*Section, len(sections))
	for _, s := range sections {
		m[s.Name] = s
	}
	return m
}

func (l *linter) add(code Code, e *Error) {
	severity := Problem
	if code == CodeRepeated || code == CodeAmbiguous || code == CodeSomeTools {
		severity = Warning
	}
	l.findings = append(l.findings, Finding{Error: e, Code: code, Severity: severity})
}

// profileLinter checks one profile as a whole.
type profileLinter struct {
	*linter
	section *Section
}

// check runs a check on the profile and keeps what it finds.
func (p *profileLinter) check(code Code, find func(v *values)) {
	v := &values{section: p.section}
	find(v)
	if v.err != nil {
		v.err.Profile = p.section.Name
		p.add(code, v.err)
	}
}

func (p *profileLinter) text(key string) string {
	v := &values{section: p.section}
	return v.text(key)
}

// signIn reports on the SSO settings.
func (p *profileLinter) signIn(sessions map[string]*Section) {
	name := strings.TrimSpace(p.text("sso_session"))
	if name == "" {
		for _, key := range legacyKeys {
			if p.text(key) != "" {
				p.check(CodeIncomplete, func(v *values) { requireLegacy(v, legacyKeys) })
				return
			}
		}
		return
	}
	session := sessions[name]
	if session == nil {
		p.reference("sso_session", configfile.Session, sessions)
		return
	}
	p.check(CodeIncomplete, func(v *values) {
		if v.text("sso_account_id") != "" || v.text("sso_role_name") != "" {
			v.require("the profile", "sso_account_id", "sso_role_name")
		}
	})
	for _, key := range []string{"sso_start_url", "sso_region", "region"} {
		p.shared(key, session)
	}
}

// shared reports on a setting that both the profile and its session have.
func (p *profileLinter) shared(key string, session *Section) {
	want, _ := session.Get(key)
	got := p.text(key)
	switch {
	case got == "" || want.Value == "":
	case got != want.Value:
		p.check(CodeMismatch, func(v *values) {
			v.fail(key, fmt.Sprintf("%s is %q here and %q in %s (line %d), which the AWS CLI rejects",
				key, got, want.Value, configfile.Session.Header(session.Name), want.Line),
				"remove it in one of the two")
		})
	case isSignInKey(key):
		p.check(CodeRepeated, func(v *values) {
			v.fail(key, "the Rust SDK rejects a profile that repeats "+key+" of its sso-session", "remove it here")
		})
	}
}

// reference reports on the name of a section that does not exist.
func (p *profileLinter) reference(key string, kind configfile.Kind, sections map[string]*Section) {
	name := strings.TrimSpace(p.text(key))
	if name == "" || sections[name] != nil || kind == configfile.Profile && name == configfile.Default {
		return
	}
	missing := &Error{Reason: "there is no " + kind.Header(name)}
	if near := p.nearest(name, sections); near != "" {
		missing.Reason += fmt.Sprintf(": did you mean %q?", near)
		missing.Similar = []string{near}
	}
	p.check(CodeMissingSection, func(v *values) {
		v.missing(key, fmt.Sprintf("%s is %q", key, name), missing)
	})
}

// maxSearches bounds the searches for a similar name, each of which reads all names.
const maxSearches = 20

// nearest returns the name most similar to a wrong one, empty if none is.
func (l *linter) nearest(name string, sections map[string]*Section) string {
	if l.searches++; l.searches > maxSearches {
		return ""
	}
	best, least := "", min(2+len(name)/4, len(name))
	for candidate := range sections {
		if d := distance(candidate, name); d < least || d == least && candidate < best {
			best, least = candidate, d
		}
	}
	return best
}

// values reports on invalid values.
func (p *profileLinter) values() {
	r := resolver{getenv: func(string) string { return "" }}
	for _, key := range []string{"use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls"} {
		p.check(CodeValue, func(v *values) { r.flag("", v, key) })
	}
	p.check(CodeValue, func(v *values) { r.retryMode(v) })
	p.check(CodeValue, func(v *values) { v.wholeNumber("max_attempts", 0, "a whole number, such as 3") })
	p.check(CodeValue, func(v *values) { v.seconds("duration_seconds") })
	p.check(CodeValue, func(v *values) { v.region("sso_region") })
}

// sources reports on credentials from two sources.
func (p *profileLinter) sources() {
	v := &values{section: p.section}
	if !v.has("sso_session") && !v.has("sso_start_url") {
		return
	}
	for _, key := range []string{"aws_access_key_id", "credential_process"} {
		if v.has(key) {
			p.check(CodeAmbiguous, func(v *values) {
				v.fail(key, "the profile has "+key+" besides SSO settings, and tools disagree about which of them counts", "use a separate profile for each")
			})
		}
	}
}

// ignoredByGoSDK reports on settings of the credentials file that the Go SDK does not read.
func (p *profileLinter) ignoredByGoSDK() {
	v := &values{section: p.section}
	if v.has("aws_access_key_id") != v.has("aws_secret_access_key") {
		p.check(CodeIncomplete, func(v *values) {
			v.fail("aws_access_key_id", "the profile has only one of aws_access_key_id and aws_secret_access_key", "add the missing one, or remove the other")
		})
	}
	for _, key := range configfile.FirstFileKeys {
		if setting, _ := p.section.Get(key); setting.File != "" && setting.File != p.section.File {
			p.check(CodeSomeTools, func(v *values) {
				v.fail(key, "the Go SDK ignores "+key+" in the credentials file if the config file has the profile too", "move it to the config file")
			})
		}
	}
}
