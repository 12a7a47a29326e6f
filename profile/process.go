package profile

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// A credential_process that runs Latchkey is a reference to the profile on its command line.

// process resolves the profile that the credential_process refers to. It returns nil for any
// other command, and if the profile gets its credentials from another source.
func (r *resolver) process(p *Profile, v *values, chain []string) *Profile {
	if p.OtherCredentials != "credential_process" || v.err != nil {
		return nil
	}
	if source := v.text("source_profile"); source != "" && source != p.Name && v.has("role_arn") {
		return nil
	}
	call, ours := parseLatchkeyCall(v.text("credential_process"))
	switch {
	case !ours:
		return nil
	case call.session != "":
		if p.Session = r.namedSession(call.session, v); p.Session != nil {
			p.OtherCredentials, p.AccountID, p.RoleName = "", call.account, call.role
		}
		return nil
	}
	name := cmp.Or(call.profile, Name(r.getenv))
	chain = r.visit(chain, p.Name)
	if r.visited[name] {
		v.fail("credential_process", "credential_process forms a cycle: "+strings.Join(append(chain, name), " -> "),
			"name a profile with SSO settings")
		return nil
	}
	setting := fmt.Sprintf("credential_process asks latchkey for %q", name)
	named := r.referenced("credential_process", setting, name, v, chain)
	if named != nil && named.Origin().Session == nil {
		v.fail("credential_process", setting+", which has no SSO settings", "name a profile with SSO settings")
	}
	return named
}

// useCredentialsOf copies the session, role and connection of other.
func (p *Profile) useCredentialsOf(other *Profile) {
	p.OtherCredentials = ""
	p.Session, p.AccountID, p.RoleName = other.Session, other.AccountID, other.RoleName
	p.RoleARN, p.ExternalID, p.RoleSessionName, p.MFASerial = other.RoleARN, other.ExternalID, other.RoleSessionName, other.MFASerial
	p.DurationSeconds, p.SourceProfile = other.DurationSeconds, other.SourceProfile
	p.Endpoints, p.UseFIPS, p.UseDualStack = other.Endpoints, false, false
	p.Connection = p.Override(other.Connection)
}

// latchkeyCall holds the flags of a latchkey credential-process command: either a session, an
// account and a role, or a profile. Empty means the profile that the environment selects.
type latchkeyCall struct {
	profile                string
	session, account, role string
}

// parseLatchkeyCall parses a credential_process command line. ok is false for other commands.
func parseLatchkeyCall(command string) (call latchkeyCall, ok bool) {
	words, ok := commandWords(command)
	if !ok || len(words) == 0 || !isLatchkey(words[0]) {
		return call, false
	}
	ok = false // until the credential-process argument
	var ignored string
	values := map[string]*string{
		"--profile": &call.profile, "-p": &call.profile, "--login-wait": &ignored,
		"--sso-session": &call.session, "--account": &call.account, "--role": &call.role,
	}
	for i := 1; i < len(words); i++ {
		flag, value, joined := strings.Cut(words[i], "=")
		target, takesValue := values[flag]
		switch {
		case words[i] == "credential-process":
			ok = true
		case flag == "--debug", flag == "--login", flag == "--no-input":
		case takesValue:
			if !joined {
				if i++; i == len(words) {
					return call, false
				}
				value = words[i]
			}
			*target = value
		case strings.HasPrefix(words[i], "-p"):
			call.profile = words[i][len("-p"):]
		default:
			return call, false
		}
	}
	whole := call.session != "" && call.account != "" && call.role != ""
	return call, ok && (whole || call.session+call.account+call.role == "")
}

// isLatchkey reports whether path ends in latchkey or latchkey.exe.
func isLatchkey(path string) bool {
	base := strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:])
	return strings.TrimSuffix(base, ".exe") == "latchkey"
}

// commandWords splits a command line as a POSIX shell does, except that it keeps the
// backslashes of Windows paths. ok is false if only a shell can interpret the line.
func commandWords(line string) (words []string, ok bool) {
	var word strings.Builder
	var quote byte
	inWord := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(line) && strings.IndexByte(` "'\`, line[i+1]) >= 0:
			i++
			word.WriteByte(line[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inWord = c, true
		case quote == 0 && configfile.IsSpace(c):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		case quote == 0 && strings.IndexByte("$`|&;<>()*?[]{}\n", c) >= 0, quote == '"' && (c == '$' || c == '`'):
			return nil, false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, quote == 0
}
