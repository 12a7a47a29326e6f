package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

func (l *linter) block(b *configfile.Block) {
	for _, it := range b.Items {
		if it.Key == "" {
			l.invalidKey(b, it)
			continue
		}
		l.value(b, it)
		l.key(b, it)
		l.indented(b, it)
	}
}

// anyBlock reports what can keep the AWS CLI from reading the file, in sections of any kind.
func (l *linter) anyBlock(b *configfile.Block) {
	l.duplicates(b)
	for _, it := range b.Items {
		first := atItem(b, it)
		if b.Kind == configfile.Ignored {
			l.invisible(first, configfile.CutLineEnd(it.First))
		}
		l.loneQuote(first, configfile.CutLineEnd(it.First))
		at := first
		for line := range strings.SplitSeq(it.More, "\n") {
			if at.line++; line != "" && configfile.IsSpace(line[0]) {
				l.invisible(at, line)
				l.loneQuote(at, line)
				if b.Kind == configfile.Ignored && strings.HasPrefix(strings.Trim(line, " \t"), "[") {
					l.problem(codeIndented, place{line: at.line, block: b}, "only some tools read the indented line as a section", fixIndent)
				}
			}
		}
	}
}

func (l *linter) duplicates(b *configfile.Block) {
	lines := map[string]int{}
	for _, it := range b.Items {
		end := strings.IndexAny(it.First, "=:") // the AWS CLI accepts either
		if end < 0 {
			continue // a syntax error
		}
		key := strings.ToLower(strings.TrimSpace(it.First[:end]))
		if key == "" && it.First[end] == ':' {
			l.problem(codeMisspelledKey, place{line: it.Line, block: b}, "the line starts with a colon, and the AWS CLI cannot read such a file", "fix or remove it")
		}
		if first := lines[key]; first > 0 {
			l.problem(codeDuplicateKey, place{it.Line, b, key},
				fmt.Sprintf("%s is already on line %d, and the AWS CLI cannot read such a file", key, first), "remove one of them")
		}
		lines[key] = it.Line
	}
}

// invalidKey reports a key that SDKs skip because of its characters.
func (l *linter) invalidKey(b *configfile.Block, it *configfile.Item) {
	key, _, err := configfile.SplitProperty(configfile.CutLineEnd(it.First))
	if err != nil {
		return // a syntax error
	}
	at, reason := atItem(b, it), fmt.Sprintf("SDKs skip the key %q", key)
	meant := strings.Join(strings.Fields(strings.ToLower(key)), "_")
	if slices.Contains(profileKeys, meant) || slices.Contains(sessionKeys, meant) || meant == "sso_oidc" {
		l.misspelled(Problem, at, reason, "write "+meant, meant)
		return
	}
	l.problem(codeMisspelledKey, at, reason, "use letters, digits and _-/.%@:+")
}

// key reports a misspelled or misplaced key.
func (l *linter) key(b *configfile.Block, it *configfile.Item) {
	at := atItem(b, it)
	if isKnown(it.Key, b.Kind) && !strings.HasPrefix(it.First, it.Key) {
		l.warning(codeMisspelledKey, at, "the JavaScript SDK does not read keys in upper case", "write "+it.Key)
	}
	if strings.Contains(it.Key, ":") {
		l.warning(codeMisspelledKey, at, "the AWS CLI and boto3 read the colon in "+it.Key+" as an equals sign", "write the key without a colon")
		return
	}
	switch b.Kind {
	case configfile.Services:
		l.serviceKey(at, it)
		return
	case configfile.Session:
		if l.sessionKey(at) {
			return
		}
	default:
		if l.profileKey(at) {
			return
		}
	}
	if g := l.guess(it.Key, b.Kind); g.meant != "" {
		l.misspelled(g.severity, at, "AWS tools do not read "+it.Key, "did you mean "+g.meant+"?", g.meant)
	}
}

func (l *linter) serviceKey(at place, it *configfile.Item) {
	if start, end := it.ValueRange(false); start < end {
		l.problem(codeMisplacedKey, at, "a value of "+it.Key+" has no effect in a services section",
			"write the name of a service, such as sso =, and endpoint_url = <URL> on an indented line below")
	}
	if it.Key != "sso_oidc" && joined(it.Key) == "ssooidc" {
		l.misspelled(Problem, at, "no tool reads "+it.Key, "write sso_oidc", "sso_oidc")
	}
}

// sessionKey checks a key of an sso-session and reports whether it is known.
func (l *linter) sessionKey(at place) bool {
	if slices.Contains(sessionKeys, at.key) {
		return true
	}
	if !slices.Contains(profileKeys, at.key) {
		return false
	}
	l.problem(codeMisplacedKey, at, at.key+" has no effect in an sso-session, and the AWS CLI expects the same value in every profile of the session",
		"move it to the profiles")
	return true
}

// profileKey checks a key of a profile and reports whether it is known.
func (l *linter) profileKey(at place) bool {
	if slices.Contains(sessionOnlyKeys, at.key) {
		l.problem(codeMisplacedKey, at, at.key+" has no effect in a profile", "move it to an sso-session")
		return true
	}
	if !slices.Contains(profileKeys, at.key) {
		return false
	}
	l.someTools(at)
	return true
}

func isKnown(key string, kind configfile.Kind) bool {
	switch kind {
	case configfile.Services:
		return true // services may have any name
	case configfile.Session:
		return slices.Contains(sessionKeys, key)
	}
	return slices.Contains(profileKeys, key)
}

// someTools reports a key that not every tool reads.
func (l *linter) someTools(at place) {
	reason, fix := "", ""
	switch at.key {
	case "aws_security_token":
		reason, fix = "only the AWS CLI and boto3 read aws_security_token, and prefer it to aws_session_token", "write aws_session_token"
	case "endpoint_url":
		reason, fix = "the Go SDK ignores endpoint_url for SSO", "set the endpoints of sso and sso_oidc in a services section"
	case "ca_bundle":
		reason = "only the AWS CLI, boto3 and the Go SDK read ca_bundle"
	case "login_session":
		reason = "older tools do not read login_session"
	default:
		return
	}
	l.warning(codeSomeTools, at, reason, fix)
}

func isSignInKey(key string) bool { return strings.HasPrefix(key, "sso_") }

// guess is the key that a misspelled one probably stands for; empty if unknown.
type guess struct {
	meant    string
	severity Severity
}

// guess caches meantKey: files repeat the same unknown keys in every profile.
func (l *linter) guess(key string, kind configfile.Kind) guess {
	at := configfile.ID{Kind: kind, Name: key}
	g, ok := l.guesses[at]
	if !ok {
		g = meantKey(key, kind)
		l.guesses[at] = g
	}
	return g
}

// meantKey returns the known key closest to a misspelled one. If none is close, the key may
// belong to another tool. A key that only lacks the last word may too, so it is a warning.
func meantKey(key string, kind configfile.Kind) guess {
	known := profileKeys
	if kind == configfile.Session {
		known = sessionKeys
	}
	var best guess
	least := 2 + min(len(key)/8, 1)
	for _, k := range known {
		switch d := editDistance(k, key); {
		case len(k) < 5 || len(key) < 5:
		case joined(k) == joined(key):
			return guess{k, Problem}
		case d < least:
			best, least = guess{k, Problem}, d
		case best.meant == "" && lacksWord(key, k):
			best = guess{k, Warning}
		}
	}
	return best
}

// joined returns a key without _ and -.
func joined(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "_", ""), "-", "")
}

// lacksWord reports whether key is known without its last word, and has several words.
func lacksWord(key, known string) bool {
	return strings.Contains(key, "_") && strings.HasPrefix(known, key+"_") && strings.LastIndexByte(known, '_') == len(key)
}
