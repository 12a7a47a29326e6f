package configure

import (
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/accounts"
)

// Settings define which profiles to write, and their content. The sso-session stores them, so
// that the next run needs no flags.
type Settings struct {
	// Template is the name template. Empty means DefaultTemplate.
	Template string
	// Region is the region of the profiles; may be empty.
	Region string
	// Process writes credential_process instead of sso_session, for tools that do not support
	// sso_session.
	Process bool
	// Filter selects the accounts and roles.
	Filter accounts.Filter
}

// The keys of an sso-session that store Settings.
const (
	keyTemplate = "latchkey_profile_name"
	keyRegion   = "latchkey_region"
	keyProcess  = "latchkey_credential_process"
	keyAccounts = "latchkey_accounts"
	keyRoles    = "latchkey_roles"
	keyExclude  = "latchkey_exclude"
)

// Setting is a key and its value. An empty value means that the key is absent.
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

// settings returns s as keys of an sso-session.
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

// patterns splits a comma-separated list.
func patterns(text string) []string {
	var all []string
	for pattern := range strings.SplitSeq(text, ",") {
		if pattern = strings.TrimSpace(pattern); pattern != "" {
			all = append(all, pattern)
		}
	}
	return all
}

// joined is the inverse of patterns. It replaces commas and special characters of the config file
// with ?, which matches them.
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
