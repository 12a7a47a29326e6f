package profile

import (
	"cmp"
	"fmt"
	"strings"
)

// Latchkey's own command as the credential_process of a profile is what other tools
// sign in by. To us it is a reference to the profile that it names.

// process resolves the profile that the command asks Latchkey for; nil if it is another
// command, or not where the credentials come from.
func (r *resolver) process(p *Profile, v *values, chain []string) *Profile {
	if p.OtherCredentials != "credential_process" || v.err != nil {
		return nil
	}
	if source := v.text("source_profile"); source != "" && source != p.Name && has(v, "role_arn") {
		return nil
	}
	name, ours := latchkeyProfile(v.text("credential_process"))
	if !ours {
		return nil
	}
	name = cmp.Or(name, Name(r.getenv))
	chain = r.link(chain, p.Name)
	if r.chained[name] {
		v.fail("credential_process", "credential_process forms a cycle: "+strings.Join(append(chain, name), " -> "),
			"name a profile with SSO settings")
		return nil
	}
	setting := fmt.Sprintf("credential_process asks latchkey for %q", name)
	named := r.named("credential_process", setting, name, v, chain)
	switch {
	case named == nil:
	case named.RoleARN != "":
		v.fail("credential_process", setting+", which assumes a role",
			"name the profile whose sign-in it uses, and give this one role_arn and source_profile")
	case named.Session == nil:
		v.fail("credential_process", setting+", which has no SSO settings", "name a profile with SSO settings")
	}
	return named
}

// useCredentialsOf gives the profile the sign-in and the role of another one, and that
// one's way to the services.
func (p *Profile) useCredentialsOf(other *Profile) {
	p.OtherCredentials = ""
	p.Session, p.AccountID, p.RoleName = other.Session, other.AccountID, other.RoleName
	p.Endpoints, p.UseFIPS, p.UseDualStack = other.Endpoints, false, false
	p.Connection = p.Override(other.Connection)
}

// latchkeyProfile returns the profile that a command line asks Latchkey for, empty for the
// one that the environment selects, if it is nothing but such a command.
func latchkeyProfile(command string) (name string, ok bool) {
	words, ok := commandWords(command)
	if !ok || len(words) == 0 || !isLatchkey(words[0]) {
		return "", false
	}
	ok = false // until it is said what latchkey is to do
	for i := 1; i < len(words); i++ {
		flag, value, joined := strings.Cut(words[i], "=")
		switch {
		case words[i] == "credential-process":
			ok = true
		case flag == "--debug", flag == "--login":
		case flag == "--login-wait":
			if !joined {
				i++
			}
		case flag == "--profile" || flag == "-p":
			if !joined {
				if i++; i == len(words) {
					return "", false
				}
				value = words[i]
			}
			name = value
		case strings.HasPrefix(words[i], "-p"):
			name = words[i][len("-p"):]
		default:
			return "", false
		}
	}
	return name, ok
}

// isLatchkey reports whether a path is that of Latchkey's command, on any system.
func isLatchkey(path string) bool {
	base := strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:])
	return strings.TrimSuffix(base, ".exe") == "latchkey"
}

// commandWords splits a command line as a POSIX shell does, but for the backslashes of
// paths on Windows, which it keeps. ok is false for what only a shell can make sense of.
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
		case quote == 0 && isSpace(c):
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
