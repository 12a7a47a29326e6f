// Package configure plans the config file profiles for the accounts and roles of a sign-in. It sends
// no requests and writes no files.
package configure

import (
	"fmt"
	"slices"
	"strings"
)

// DefaultTemplate names a profile after its account and role.
const DefaultTemplate = "{account_name}-{role_name}"

// Role is a role in an account.
type Role struct {
	AccountID, AccountName, Email string
	Name                          string
}

// Template generates profile names. It is text with the placeholders {account_name}, {account_id},
// {email}, {role_name} and {session}. {role_name|lower} is in lower case.
type Template struct {
	parts []part
}

// part is text, optionally followed by a placeholder.
type part struct {
	text        string
	placeholder string // empty at the end
	lower       bool
}

var placeholders = []string{"account_name", "account_id", "email", "role_name", "session"}

// ParseTemplate parses a template.
func ParseTemplate(text string) (Template, error) {
	var t Template
	if strings.TrimSpace(text) == "" {
		return t, fmt.Errorf("configure: the template is empty: use placeholders such as %s", DefaultTemplate)
	}
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return t, fmt.Errorf("configure: template %q has a } without a {", text)
		}
		p := part{text: before}
		if found {
			inside, behind, closed := strings.Cut(after, "}")
			if !closed {
				return t, fmt.Errorf("configure: template %q has a { without a }", text)
			}
			name, filter, filtered := strings.Cut(inside, "|")
			if !slices.Contains(placeholders, name) {
				return t, fmt.Errorf("configure: template %q has no placeholder {%s}: there is {%s}", text, name, strings.Join(placeholders, "}, {"))
			}
			if filtered && filter != "lower" {
				return t, fmt.Errorf("configure: template %q has no filter |%s: there is |lower", text, filter)
			}
			p.placeholder, p.lower = name, filtered
			after = behind
		}
		t.parts = append(t.parts, p)
		rest = after
	}
	return t, nil
}

// Name returns the profile name for a role. It contains only characters that every AWS tool accepts:
// ASCII letters, digits and _-/.%@:+. Runs of other characters become a hyphen. If nothing of an
// account name remains, the account ID replaces it.
func (t Template) Name(r Role, session string) string {
	values := map[string]string{
		"account_name": identifier(r.AccountName), "account_id": identifier(r.AccountID), "email": identifier(r.Email),
		"role_name": identifier(r.Name), "session": identifier(session),
	}
	if values["account_name"] == "" {
		values["account_name"] = values["account_id"]
	}
	var b strings.Builder
	for _, p := range t.parts {
		value := values[p.placeholder]
		if p.lower {
			value = strings.ToLower(value)
		}
		b.WriteString(p.text + value)
	}
	return identifier(b.String())
}

// identifier replaces runs of characters that profile names cannot contain with a hyphen.
func identifier(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range text {
		if !isIdentifier(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

func isIdentifier(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-/.%@:+", r)
}
