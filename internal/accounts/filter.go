package accounts

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Filter selects accounts and roles by case-insensitive patterns, in which * matches any text and
// ? any character. The zero value selects everything.
type Filter struct {
	// Accounts are patterns for account IDs and names. Empty means all accounts.
	Accounts []string
	// Roles are patterns for role names. Empty means all roles.
	Roles []string
	// Exclude are patterns that leave out what they match: an account by its id or name, a
	// role by its name or by ACCOUNT/ROLE.
	Exclude []string
}

// Account reports whether the filter selects an account.
func (f Filter) Account(a Account) bool {
	if matchesAny(f.Exclude, a.ID, a.Name) {
		return false
	}
	return len(f.Accounts) == 0 || matchesAny(f.Accounts, a.ID, a.Name)
}

// Role reports whether the filter selects a role of a selected account.
func (f Filter) Role(a Account, role string) bool {
	if matchesAny(f.Exclude, role, a.ID+"/"+role, a.Name+"/"+role) {
		return false
	}
	return len(f.Roles) == 0 || matchesAny(f.Roles, role)
}

// Apply returns the selected accounts with their selected roles. It omits accounts without any.
func (f Filter) Apply(accounts []Account) []Account {
	var chosen []Account
	for _, a := range accounts {
		if !f.Account(a) {
			continue
		}
		var roles []string
		for _, role := range a.Roles {
			if f.Role(a, role) {
				roles = append(roles, role)
			}
		}
		if a.Roles = roles; len(roles) > 0 {
			chosen = append(chosen, a)
		}
	}
	return chosen
}

func matchesAny(patterns []string, texts ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			return matches(strings.ToLower(pattern), strings.ToLower(text))
		})
	})
}

// matches is path.Match, except that slashes, brackets and backslashes, which account names may
// contain, have no special meaning.
func matches(pattern, text string) bool {
	star, retry := -1, 0 // behind the last *, and where its text ends so far
	p, t := 0, 0
	for t < len(text) {
		_, n := utf8.DecodeRuneInString(text[t:])
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, retry = p, t
		case p < len(pattern) && pattern[p] == '?':
			p, t = p+1, t+n
		case strings.HasPrefix(pattern[p:], text[t:t+n]):
			p, t = p+n, t+n
		case star >= 0:
			_, n := utf8.DecodeRuneInString(text[retry:])
			retry += n
			p, t = star, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
