package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/profile"
)

// lint reports findings in the config files: all of them, or those that affect the profile.
func (c *checker) lint(context.Context) {
	findings, err := profile.Lint()
	if err != nil {
		return // configFiles has reported it
	}
	used := c.sectionsOfProfile()
	elsewhere := 0
	for _, f := range findings {
		if !c.All && !used.has(f) {
			elsewhere++
			continue
		}
		c.add(Result{Check: "config", Status: Warning, Message: f.Reason, File: f.File, Line: f.Line, Fix: f.Fix})
	}
	switch {
	case elsewhere > 0:
		c.add(Result{
			Check: "config", Status: OK,
			Message: fmt.Sprintf("the profile is not affected by %s elsewhere in the config files; --all shows them", count(elsewhere, "problem")),
		})
	case len(findings) == 0:
		c.ok("config", "all AWS tools read the config files the same way")
	}
	c.similarStartURLs()
}

func count(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sections are the names of the profiles and sessions that a profile uses.
type sections struct{ profiles, sessions map[string]bool }

// has reports whether a finding is about one of the sections or the whole file.
func (s sections) has(f profile.Finding) bool {
	return f.AffectsFile() || s.profiles[f.Profile] || s.sessions[f.Session]
}

// sectionsOfProfile follows source_profile and sso_session from the selected profile.
func (c *checker) sectionsOfProfile() sections {
	used := sections{profiles: map[string]bool{}, sessions: map[string]bool{}}
	shared, err := profile.ReadAll()
	if err != nil && shared == nil {
		return used
	}
	byName := map[string]*profile.Section{}
	for _, s := range shared.Profiles {
		byName[s.Name] = s
	}
	for name := c.selected(); name != "" && !used.profiles[name]; {
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

// similarStartURLs reports sessions that spell the same start URL differently: AWS tools sign in
// to each of them separately.
func (c *checker) similarStartURLs() {
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
			c.warn("config", fmt.Sprintf("%s and %s spell the same start URL differently, %s and %s, and may need separate sign-ins",
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

// loadProfile resolves the profile and checks its settings.
func (c *checker) loadProfile(context.Context) {
	p, err := profile.Load(c.Profile)
	if err != nil {
		c.failWith("profile", err)
		return
	}
	signIn := p
	for signIn.Session == nil && signIn.SourceProfile != nil {
		signIn = signIn.SourceProfile
	}
	if signIn.Session == nil {
		c.failWith("profile", c.WithoutSignIn(p))
		return
	}
	c.profile = signIn
	if signIn != p {
		c.assumes = p.RoleARN
	}
	c.add(Result{Check: "profile", Status: OK, Message: describe(p, signIn), File: p.File, Line: p.Line})
	c.accountAndRole(signIn)
	c.region(signIn)
	c.scopes(signIn)
	if !signIn.Session.Refreshable() {
		c.add(Result{
			Check: "profile", Status: Warning, File: signIn.File, Line: signIn.Line,
			Message: "AWS tools do not refresh the sign-in of a profile without sso_session",
			Fix:     "move sso_start_url and sso_region to an [sso-session NAME] section, and set sso_session = NAME",
		})
	}
}

// failWith reports an error with its fix, and the location of a *profile.Error.
func (c *checker) failWith(check string, err error) {
	message, fix := c.Describe(err)
	r := Result{Check: check, Status: Failed, Message: message, Fix: fix}
	var bad *profile.Error
	if errors.As(err, &bad) {
		r.Message, r.File, r.Line = bad.Reason, bad.File, bad.Line
	}
	c.add(r)
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
		text += " and has no role, so it gives only a bearer token"
	}
	return text
}

// accountAndRole checks values that Identity Center rejects without an explanation.
func (c *checker) accountAndRole(p *profile.Profile) {
	at := Result{Check: "profile", Status: Failed, File: p.File, Line: p.Line}
	if id := p.AccountID; id != "" && (len(id) != accountDigits || !consistsOf(id, digits)) {
		at.Message = fmt.Sprintf("sso_account_id is %q; an account ID has 12 digits", id)
		if missing := accountDigits - len(id); missing > 0 && consistsOf(id, digits) {
			at.Fix = "restore the leading zeros: sso_account_id = " + strings.Repeat("0", missing) + id
		}
		c.add(at)
	}
	if name, ok := permissionSet(p.RoleName); ok {
		at.Message = fmt.Sprintf("sso_role_name is %q, the name of an IAM role; Identity Center expects the name of a permission set", p.RoleName)
		at.Fix = "sso_role_name = " + name
		c.add(at)
	}
}

const (
	accountDigits = 12
	digits        = "0123456789"
)

// consistsOf reports whether s contains only these characters.
func consistsOf(s, characters string) bool { return strings.Trim(s, characters) == "" }

// permissionSet returns NAME for an IAM role called AWSReservedSSO_NAME_0123456789abcdef.
func permissionSet(role string) (name string, ok bool) {
	rest, reserved := strings.CutPrefix(role, "AWSReservedSSO_")
	i := strings.LastIndexByte(rest, '_')
	if !reserved || i <= 0 || !consistsOf(rest[i+1:], digits+"abcdef") {
		return "", false
	}
	return rest[:i], true
}

// accountAccess is the scope that lets a token get role credentials and be refreshed.
const accountAccess = "sso:account:access"

// scopes checks that the session asks for access to accounts, unless the profile only gives a bearer token.
func (c *checker) scopes(p *profile.Profile) {
	scopes := p.Session.RegistrationScopes
	if p.AccountID == "" || len(scopes) == 0 || slices.Contains(scopes, accountAccess) {
		return
	}
	c.add(Result{
		Check: "profile", Status: Failed, File: p.File, Line: p.Line,
		Message: fmt.Sprintf("sso_registration_scopes of %s lacks %s, which role credentials need", sessionName(p.Session), accountAccess),
		Fix:     fmt.Sprintf("add %s to sso_registration_scopes, then latchkey login%s", accountAccess, c.profileFlag()),
	})
}

// region checks that the session's region matches its portal's host name, or at least the
// partition.
func (c *checker) region(p *profile.Profile) {
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
		at.Message = fmt.Sprintf("sso_region is %q, which is in a different partition than %s", p.Session.Region, u.Hostname())
		at.Fix = "set sso_region to the region of the Identity Center instance"
	default:
		return
	}
	c.add(at)
}
