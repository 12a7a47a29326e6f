package configure

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/accounts"
)

// Section is a section of a config file.
type Section struct {
	Name string
	// Get returns the value of a key, or "".
	Get func(key string) string
	// Foreign means that the section is in another file.
	Foreign bool
}

// Request is the input of a plan.
type Request struct {
	Session string
	// Settings are the new settings. Before are the settings stored in the session.
	Settings, Before Settings
	// Command is the command in credential_process.
	Command string
	// Roles are all roles that the filter selects.
	Roles []Role
	// Profiles are the existing profiles.
	Profiles []Section
	// Prune removes stale profiles.
	Prune bool
}

// Change is a change to one section.
type Change struct {
	Profile  string // empty means the sso-session
	Settings []Setting
	Remove   bool
	New      bool
}

// Plan lists the changes to the config file.
type Plan struct {
	Changes []Change
	// Unchanged is the number of profiles that are up to date.
	Unchanged int
	// Stale are profiles of an earlier run that are no longer wanted but not removed.
	Stale []Stale
	// Conflicts say which profiles cannot be written, and why. The caller should then write
	// nothing.
	Conflicts []string
}

// Stale is a profile that is no longer wanted.
type Stale struct {
	Profile string
	UsedBy  string // a profile that names it in source_profile; may be empty
}

// planner makes a plan.
type planner struct {
	Request
	Plan
	existing map[string]Section
	wanted   map[string]Role // by profile name
}

// Make makes a plan. The error is about the template.
func Make(r Request) (*Plan, error) {
	template, err := ParseTemplate(cmp.Or(r.Settings.Template, DefaultTemplate))
	if err != nil {
		return nil, err
	}
	p := &planner{Request: r, existing: map[string]Section{}, wanted: map[string]Role{}}
	for _, s := range r.Profiles {
		p.existing[s.Name] = s
	}
	names := p.names(template)
	p.session()
	p.removals()
	for i, role := range r.Roles {
		if names[i] != "" {
			p.profile(names[i], role)
		}
	}
	return &p.Plan, nil
}

// names returns the profile name for each role, or "" if there is a conflict.
func (p *planner) names(template Template) []string {
	names := make([]string, len(p.Roles))
	count := map[string]int{}
	for i, role := range p.Roles {
		names[i] = template.Name(role, p.Session)
		count[names[i]]++
	}
	for i, role := range p.Roles {
		if count[names[i]] > 1 || p.taken(names[i], role) {
			names[i] = strings.Trim(names[i]+"-"+role.AccountID, "-")
		}
	}
	for i, role := range p.Roles {
		if !writable(role.AccountID) || !writable(role.Name) {
			p.conflict("%s: the name cannot be written to a config file", role)
			names[i] = ""
			continue
		}
		if p.taken(names[i], role) {
			p.conflict("%s: there is a profile %q that Latchkey did not write", role, names[i])
			names[i] = ""
			continue
		}
		if other, ok := p.wanted[names[i]]; ok {
			p.conflict("%s and %s: both would be profile %q", other, role, names[i])
			names[i] = ""
			continue
		}
		p.wanted[names[i]] = role
	}
	return names
}

// writable reports whether a name contains only characters that AWS allows in role names.
func writable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !isIdentifier(r) && r != '=' && r != ',' })
}

// taken reports whether a profile has the name that Latchkey did not write and that is not for this
// role. The default profile is always taken, since every tool uses it.
func (p *planner) taken(name string, r Role) bool {
	s, exists := p.existing[name]
	if _, ours := p.madeFor(s); !exists || ours {
		return name == "default"
	}
	return !p.uses(s, r)
}

// uses reports whether a profile uses a role of the session.
func (p *planner) uses(s Section, r Role) bool {
	return s.Get("sso_session") == p.Session && s.Get("sso_account_id") == r.AccountID && s.Get("sso_role_name") == r.Name
}

// session stores the settings in the sso-session.
func (p *planner) session() {
	change := Change{}
	before := p.Before.settings()
	for i, s := range p.Settings.settings() {
		if s != before[i] {
			change.Settings = append(change.Settings, s)
		}
	}
	if len(change.Settings) > 0 {
		p.Changes = append(p.Changes, change)
	}
}

// removals removes or reports stale profiles.
func (p *planner) removals() {
	usedBy := map[string]string{}
	for _, s := range p.Profiles {
		if source := s.Get("source_profile"); source != s.Name {
			usedBy[source] = s.Name
		}
	}
	for _, s := range p.Profiles {
		made, ours := p.madeFor(s)
		if !ours {
			continue
		}
		role, wanted := p.wanted[s.Name]
		switch {
		case wanted && made == role.key():
		case p.Prune && (wanted || usedBy[s.Name] == ""):
			p.Changes = append(p.Changes, Change{Profile: s.Name, Remove: true})
			delete(p.existing, s.Name)
		case wanted:
			p.conflict("%s: profile %q was written for another role, %s", role, s.Name, made)
			delete(p.wanted, s.Name)
		default:
			p.Stale = append(p.Stale, Stale{s.Name, usedBy[s.Name]})
		}
	}
}

// profile adds or changes a profile.
func (p *planner) profile(name string, role Role) {
	if _, wanted := p.wanted[name]; !wanted {
		return // there is a conflict
	}
	s, exists := p.existing[name]
	change := Change{Profile: name, New: !exists}
	before := p.content(p.Before, role)
	for i, want := range p.content(p.Settings, role) {
		switch {
		case !exists:
			if want.Value != "" {
				change.Settings = append(change.Settings, want)
			}
		case same(s.Get(want.Key), before[i]) && !same(s.Get(want.Key), want):
			change.Settings = append(change.Settings, want)
		}
	}
	if _, ours := p.madeFor(s); exists && !ours || len(change.Settings) == 0 {
		p.Unchanged++
		return
	}
	p.Changes = append(p.Changes, change)
}

func (p *planner) conflict(format string, args ...any) {
	p.Conflicts = append(p.Conflicts, fmt.Sprintf(format, args...))
}

// key identifies a role within a session.
func (r Role) key() string { return r.AccountID + " " + r.Name }

// String returns the role and its account.
func (r Role) String() string {
	return fmt.Sprintf("role %s in account %s (%s)", r.Name, r.AccountID, r.AccountName)
}

// Roles returns the roles in all accounts.
func Roles(all []accounts.Account) []Role {
	var roles []Role
	for _, a := range all {
		for _, name := range a.Roles {
			roles = append(roles, Role{a.ID, a.Name, a.Email, name})
		}
	}
	return roles
}
