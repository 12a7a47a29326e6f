package configure

import (
	"fmt"
	"strings"
)

// same reports whether value equals the value of s. It ignores the path of Latchkey in a
// credential_process.
func same(value string, s Setting) bool {
	if s.Key == keyCredentialProcess {
		return callOf(value) == callOf(s.Value)
	}
	return value == s.Value
}

// callOf returns the arguments of a credential_process.
func callOf(command string) string {
	i := strings.Index(command, " credential-process ")
	return command[max(i, 0):]
}

const (
	keyManaged           = "latchkey_managed"
	keyCredentialProcess = "credential_process" //nolint:gosec // the name of a key
)

// content returns the settings of a profile. Keys and order are fixed.
func (p *planner) content(s Settings, r Role) []Setting {
	sso := []Setting{{"sso_session", p.Session}, {"sso_account_id", r.AccountID}, {"sso_role_name", r.Name}}
	process := ""
	if s.Process {
		process = fmt.Sprintf("%s credential-process --sso-session %s --account %s --role %s", p.Command, quoted(p.Session), r.AccountID, quoted(r.Name))
		for i := range sso {
			sso[i].Value = ""
		}
	}
	return append(sso,
		Setting{keyCredentialProcess, process},
		Setting{"region", s.Region},
		Setting{keyManaged, p.Session + " " + r.key()},
	)
}

// quoted quotes a word of a credential_process.
func quoted(word string) string {
	if strings.Contains(word, " ") {
		return `"` + word + `"`
	}
	return word
}

// madeFor returns the account and role that Latchkey wrote a profile for. ours is false if Latchkey
// did not write it for this session.
func (p *planner) madeFor(s Section) (role string, ours bool) {
	if s.Get == nil || s.Foreign {
		return "", false
	}
	role, ours = strings.CutPrefix(s.Get(keyManaged), p.Session+" ")
	return role, ours && strings.Count(role, " ") == 1
}
