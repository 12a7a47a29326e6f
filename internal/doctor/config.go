package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/profile"
)

// lint reports what AWS tools disagree about in the config files: all of it, or what the
// profile uses.
func (e *exam) lint(context.Context) {
	findings, err := profile.Lint()
	if err != nil {
		return // configFiles has reported it
	}
	used := e.sectionsOfProfile()
	elsewhere := 0
	for _, f := range findings {
		if !e.All && !used.has(f) {
			elsewhere++
			continue
		}
		e.add(Result{Check: "config", Status: Warning, Message: f.Reason, File: f.File, Line: f.Line, Fix: f.Fix})
	}
	switch {
	case elsewhere > 0:
		e.add(Result{
			Check: "config", Status: OK,
			Message: fmt.Sprintf("the profile is not affected by %s elsewhere in the config files; --all shows them", count(elsewhere, "problem")),
		})
	case len(findings) == 0:
		e.ok("config", "all AWS tools read the config files alike")
	}
	e.similarStartURLs()
}

func count(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sections are the names of the profiles and sessions that a profile uses.
type sections struct{ profiles, sessions map[string]bool }

// has reports whether a finding is about one of the sections, or keeps a tool from
// reading the file at all.
func (s sections) has(f profile.Finding) bool {
	switch f.Code {
	case profile.CodeSyntax, profile.CodeByteOrderMark, profile.CodeEncoding, profile.CodeDuplicateSection, profile.CodeDuplicateKey:
		return true
	}
	return s.profiles[f.Profile] || s.sessions[f.Session]
}

// sectionsOfProfile follows source_profile and sso_session from the selected profile.
func (e *exam) sectionsOfProfile() sections {
	used := sections{profiles: map[string]bool{}, sessions: map[string]bool{}}
	shared, err := profile.ReadAll()
	if err != nil && shared == nil {
		return used
	}
	byName := map[string]*profile.Section{}
	for _, s := range shared.Profiles {
		byName[s.Name] = s
	}
	for name := e.selected(); name != "" && !used.profiles[name]; {
		used.profiles[name] = true
		section := byName[name]
		if section == nil {
			break
		}
		if p, ok := section.Get("sso_session"); ok {
			used.sessions[strings.TrimSpace(p.Value)] = true
		}
		source, _ := section.Get("source_profile")
		name = source.Value
	}
	return used
}

// similarStartURLs reports sessions whose start URLs differ only by what a browser
// ignores: each is a sign-in of its own.
func (e *exam) similarStartURLs() {
	sessions, err := profile.Sessions()
	if err != nil && sessions == nil {
		return
	}
	first := map[string]*profile.Session{}
	for _, p := range sessions {
		s := p.Session
		if s == nil || s.StartURL == "" {
			continue
		}
		plain := starturl.Plain(s.StartURL)
		other := first[plain]
		if other == nil {
			first[plain] = s
			continue
		}
		if other.StartURL != s.StartURL {
			e.warn("config", fmt.Sprintf("%s and %s write one start URL in two ways, %s and %s, and may need two sign-ins",
				sessionName(other), sessionName(s), other.StartURL, s.StartURL), "write the same start URL in both")
		}
	}
}

func sessionName(s *profile.Session) string {
	if s.Name != "" {
		return fmt.Sprintf("sso-session %q", s.Name)
	}
	return "a profile without an sso-session"
}

// loadProfile resolves the profile and checks what it says.
func (e *exam) loadProfile(context.Context) {
	p, err := profile.Load(e.Profile)
	if err != nil {
		e.failWith("profile", err)
		return
	}
	signIn := p
	for signIn.Session == nil && signIn.SourceProfile != nil {
		signIn = signIn.SourceProfile
	}
	if signIn.Session == nil {
		message := fmt.Sprintf("profile %q does not use Identity Center", p.Name)
		if p.OtherCredentials != "" {
			message += "; its credentials come from " + p.OtherCredentials
		}
		e.add(Result{Check: "profile", Status: Failed, Message: message, File: p.File, Line: p.Line, Fix: "choose another profile with --profile"})
		return
	}
	e.profile = signIn
	e.add(Result{Check: "profile", Status: OK, Message: describe(p, signIn), File: p.File, Line: p.Line})
	e.accountAndRole(signIn)
	e.region(signIn)
	if !signIn.Session.Refreshable() {
		e.add(Result{
			Check: "profile", Status: Warning, File: signIn.File, Line: signIn.Line,
			Message: "no AWS tool refreshes the sign-in of a profile without sso_session",
			Fix:     "move sso_start_url and sso_region to an [sso-session NAME] section, and set sso_session = NAME",
		})
	}
}

// failWith reports an error with its place and fix, as far as it has them.
func (e *exam) failWith(check string, err error) {
	r := Result{Check: check, Status: Failed, Message: err.Error()}
	var bad *profile.Error
	if errors.As(err, &bad) {
		r.Message, r.File, r.Line, r.Fix = bad.Reason, bad.File, bad.Line, bad.Fix
		if r.Fix == "" && len(bad.Similar) > 0 {
			r.Fix = "did you mean " + strings.Join(bad.Similar, ", or ") + "?"
		}
	}
	e.add(r)
}

func describe(p, signIn *profile.Profile) string {
	text := fmt.Sprintf("profile %q uses %s", p.Name, sessionName(signIn.Session))
	if signIn.Session.Name == "" {
		text = fmt.Sprintf("profile %q signs in to %s", p.Name, signIn.Session.StartURL)
	}
	switch {
	case signIn != p:
		text += " through profile " + fmt.Sprintf("%q", signIn.Name)
	case p.AccountID == "":
		text += " and gives a bearer token only"
	}
	return text
}

// accountAndRole checks values that Identity Center would reject without saying why.
func (e *exam) accountAndRole(p *profile.Profile) {
	at := Result{Check: "profile", Status: Failed, File: p.File, Line: p.Line}
	if id := p.AccountID; id != "" && (len(id) != accountDigits || !consistsOf(id, digits)) {
		at.Message = fmt.Sprintf("sso_account_id is %q; an account ID has 12 digits", id)
		if missing := accountDigits - len(id); missing > 0 && consistsOf(id, digits) {
			at.Fix = "restore the leading zeros: sso_account_id = " + strings.Repeat("0", missing) + id
		}
		e.add(at)
	}
	if name, ok := permissionSet(p.RoleName); ok {
		at.Message = fmt.Sprintf("sso_role_name is %q, the name of the IAM role; Identity Center wants that of the permission set", p.RoleName)
		at.Fix = "sso_role_name = " + name
		e.add(at)
	}
}

const (
	accountDigits = 12
	digits        = "0123456789"
)

// consistsOf reports whether s has no other characters than these.
func consistsOf(s, characters string) bool { return strings.Trim(s, characters) == "" }

// permissionSet returns the name of the permission set that an IAM role of the form
// AWSReservedSSO_NAME_0123456789abcdef was made for.
func permissionSet(role string) (name string, ok bool) {
	rest, reserved := strings.CutPrefix(role, "AWSReservedSSO_")
	i := strings.LastIndexByte(rest, '_')
	if !reserved || i <= 0 || !consistsOf(rest[i+1:], digits+"abcdef") {
		return "", false
	}
	return rest[:i], true
}

// region checks that the session's region is the one in the name of its portal, or at
// least in the same partition.
func (e *exam) region(p *profile.Profile) {
	u, err := url.Parse(p.Session.StartURL)
	if err != nil {
		return
	}
	at := Result{Check: "profile", Status: Failed, File: p.File, Line: p.Line}
	named := starturl.Region(u.Hostname())
	switch china := strings.HasSuffix(u.Hostname(), ".cn"); {
	case named != "" && named != p.Session.Region:
		at.Message = fmt.Sprintf("sso_region is %q, but the start URL is in %s", p.Session.Region, named)
		at.Fix = "sso_region = " + named
	case china != strings.HasPrefix(p.Session.Region, "cn-") && starturl.OwnedByAWS(u.Hostname()):
		at.Message = fmt.Sprintf("sso_region is %q, which is in another partition than %s", p.Session.Region, u.Hostname())
		at.Fix = "set sso_region to the region of the Identity Center instance"
	default:
		return
	}
	e.add(at)
}
