package profile

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// profiles checks the merged content of all files.
func (l *linter) profiles(shared *Shared) {
	sessions, services, profiles := byName(shared.Sessions), byName(shared.Services), byName(shared.Profiles)
	r := resolver{getenv: func(string) string { return "" }}
	for _, s := range shared.Sessions {
		if _, bad := r.newSession(s); bad != nil {
			bad.Session = s.Name
			code := codeIncomplete
			if (&values{section: s}).has(bad.Key) {
				code = codeValue
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
	if code == codeRepeated || code == codeAmbiguous || code == codeSomeTools {
		severity = Warning
	}
	l.findings = append(l.findings, Finding{Error: e, Code: code, Severity: severity})
}

// profileLinter checks one profile.
type profileLinter struct {
	*linter
	section *Section
}

// check adds the error that find leaves in v, if any.
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

func (p *profileLinter) signIn(sessions map[string]*Section) {
	name := strings.TrimSpace(p.text("sso_session"))
	if name == "" {
		for _, key := range legacyKeys {
			if p.text(key) != "" {
				p.check(codeIncomplete, func(v *values) { requireLegacy(v, legacyKeys) })
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
	p.check(codeIncomplete, func(v *values) {
		if v.text("sso_account_id") != "" || v.text("sso_role_name") != "" {
			v.require("the profile", "sso_account_id", "sso_role_name")
		}
	})
	for _, key := range []string{"sso_start_url", "sso_region", "region"} {
		p.shared(key, session)
	}
}

// shared reports a key set in both the profile and its session.
func (p *profileLinter) shared(key string, session *Section) {
	want, _ := session.Get(key)
	got := p.text(key)
	switch {
	case got == "" || want.Value == "":
	case got != want.Value:
		p.check(codeMismatch, func(v *values) {
			v.fail(key, fmt.Sprintf("%s is %q here and %q in %s (line %d); the AWS CLI rejects the profile",
				key, got, want.Value, configfile.Session.Header(session.Name), want.Line),
				"remove one of them")
		})
	case isSignInKey(key):
		p.check(codeRepeated, func(v *values) {
			v.fail(key, "the Rust SDK rejects a profile that repeats "+key+" from its sso-session", "remove it here")
		})
	}
}

// reference reports a key that names a section that does not exist.
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
	p.check(codeMissingSection, func(v *values) {
		v.missing(key, fmt.Sprintf("%s is %q", key, name), missing)
	})
}

// maxSearches limits the searches for similar names: each one compares every name.
const maxSearches = 20

// nearest returns the section name closest to name; empty if none is close.
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

func (p *profileLinter) values() {
	r := resolver{getenv: func(string) string { return "" }}
	for _, key := range []string{"use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls"} {
		p.check(codeValue, func(v *values) { r.flag("", v, key) })
	}
	p.check(codeValue, func(v *values) { r.retryMode(v) })
	p.check(codeValue, func(v *values) { v.wholeNumber("max_attempts", 0, "a whole number, such as 3") })
	p.check(codeValue, func(v *values) { v.checkDuration("duration_seconds") })
	p.check(codeValue, func(v *values) { v.checkRegion("sso_region") })
}

// sources reports a profile with two sources of credentials.
func (p *profileLinter) sources() {
	v := &values{section: p.section}
	if !v.has("sso_session") && !v.has("sso_start_url") {
		return
	}
	for _, key := range []string{"aws_access_key_id", "credential_process"} {
		if v.has(key) {
			p.check(codeAmbiguous, func(v *values) {
				v.fail(key, "the profile has "+key+" as well as SSO settings, and tools disagree on which to use", "use separate profiles")
			})
		}
	}
}

// ignoredByGoSDK reports settings in the credentials file that the Go SDK does not read.
func (p *profileLinter) ignoredByGoSDK() {
	v := &values{section: p.section}
	if v.has("aws_access_key_id") != v.has("aws_secret_access_key") {
		p.check(codeIncomplete, func(v *values) {
			v.fail("aws_access_key_id", "the profile has only one of aws_access_key_id and aws_secret_access_key", "add the other, or remove it")
		})
	}
	for _, key := range configfile.FirstFileKeys {
		if setting, _ := p.section.Get(key); setting.File != "" && setting.File != p.section.File {
			p.check(codeSomeTools, func(v *values) {
				v.fail(key, "the Go SDK ignores "+key+" in the credentials file if the profile is also in the config file", "move it to the config file")
			})
		}
	}
}
