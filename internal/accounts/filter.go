package accounts

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Filter chooses accounts and roles by patterns. In a pattern, * stands for any text and ?
// for any character; case does not matter. The zero value chooses all.
type Filter struct {
	// Accounts are patterns for the id or the name of an account. Empty: all accounts.
	Accounts []string
	// Roles are patterns for the name of a role. Empty: all roles.
	Roles []string
	// Exclude are patterns that leave out what they match: an account by its id or name, a
	// role by its name or by ACCOUNT/ROLE.
	Exclude []string
}

// Account reports whether an account is chosen.
func (f Filter) Account(a Account) bool {
	if matchesAny(f.Exclude, a.ID, a.Name) {
		return false
	}
	return len(f.Accounts) == 0 || matchesAny(f.Accounts, a.ID, a.Name)
}

// Role reports whether a role of a chosen account is chosen.
func (f Filter) Role(a Account, role string) bool {
	if matchesAny(f.Exclude, role, a.ID+"/"+role, a.Name+"/"+role) {
		return false
	}
	return len(f.Roles) == 0 || matchesAny(f.Roles, role)
}

// Apply returns the chosen accounts, each with its chosen roles. Accounts without a chosen
// role are left out.
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

// matches is path.Match without a meaning for slashes, brackets and backslashes, which names
// of accounts may contain.
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
