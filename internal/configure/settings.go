package configure

import (
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/accounts"
)

// Settings say which profiles there should be, and what is in them. An sso-session keeps
// them, so that they need to be given only once.
type Settings struct {
	// Template is that of the names. Empty: DefaultTemplate.
	Template string
	// Region is the region of the profiles. Empty: none.
	Region string
	// Process makes profiles with a credential_process, for tools that do not know
	// sso_session.
	Process bool
	// Filter chooses the accounts and roles.
	Filter accounts.Filter
}

// The keys of an sso-session that keep Settings.
const (
	keyTemplate = "latchkey_profile_name"
	keyRegion   = "latchkey_region"
	keyProcess  = "latchkey_credential_process"
	keyAccounts = "latchkey_accounts"
	keyRoles    = "latchkey_roles"
	keyExclude  = "latchkey_exclude"
)

// Setting is a key of a section and its value. An empty value stands for no such key.
type Setting struct{ Key, Value string }

// LoadSettings reads the settings of a session; get returns the value of a key.
func LoadSettings(get func(key string) string) Settings {
	return Settings{
		Template: get(keyTemplate),
		Region:   get(keyRegion),
		Process:  strings.EqualFold(get(keyProcess), "true"),
		Filter: accounts.Filter{
			Accounts: patterns(get(keyAccounts)), Roles: patterns(get(keyRoles)), Exclude: patterns(get(keyExclude)),
		},
	}
}

// settings are how a session keeps s.
func (s Settings) settings() []Setting {
	process := ""
	if s.Process {
		process = "true"
	}
	return []Setting{
		{keyTemplate, s.Template},
		{keyRegion, s.Region},
		{keyProcess, process},
		{keyAccounts, joined(s.Filter.Accounts)},
		{keyRoles, joined(s.Filter.Roles)},
		{keyExclude, joined(s.Filter.Exclude)},
	}
}

// patterns splits a list at its commas.
func patterns(text string) []string {
	var all []string
	for pattern := range strings.SplitSeq(text, ",") {
		if pattern = strings.TrimSpace(pattern); pattern != "" {
			all = append(all, pattern)
		}
	}
	return all
}

// joined is a list that patterns splits. A comma, and what has a meaning of its own in the
// file, is kept as the wildcard for one character.
func joined(patterns []string) string {
	patterns = slices.Clone(patterns)
	for i, pattern := range patterns {
		patterns[i] = strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(",;#\"'", r) {
				return '?'
			}
			return r
		}, strings.TrimSpace(pattern))
	}
	return strings.Join(patterns, ", ")
}
