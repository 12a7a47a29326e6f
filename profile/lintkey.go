package profile

import (
	"slices"
	"strings"
)

// block reports on the settings of a section.
func (l *linter) block(b *block) {
	for _, it := range b.items {
		if it.key == "" {
			l.oddKey(b, it)
			continue
		}
		l.value(b, it)
		l.key(b, it)
		l.indented(b, it)
	}
}

// anyBlock reports what can keep the AWS CLI from reading the file, even in a section
// that is nobody's.
func (l *linter) anyBlock(b *block) {
	l.duplicates(b)
	for _, it := range b.items {
		if b.kind == ignoredSection {
			l.invisible(b, it, it.line, cutEnding(it.first))
		}
		l.loneQuote(b, it, it.line, cutEnding(it.first))
		number := it.line
		for line := range strings.SplitSeq(it.more, "\n") {
			if number++; line != "" && isSpace(line[0]) {
				l.invisible(b, it, number, line)
				l.loneQuote(b, it, number, line)
				if b.kind == ignoredSection && strings.HasPrefix(strings.Trim(line, " \t"), "[") {
					l.report(CodeIndented, Problem, number, b, "",
						"some tools take the indented line for that of a section, and some do not: write it from the first column on")
				}
			}
		}
	}
}

// duplicates reports on keys that are there twice.
func (l *linter) duplicates(b *block) {
	lines := map[string]int{}
	for _, it := range b.items {
		end := strings.IndexAny(it.first, "=:") // where the AWS CLI ends a key
		if end < 0 {
			continue // damage
		}
		key := strings.ToLower(strings.TrimSpace(it.first[:end]))
		if key == "" && it.first[end] == ':' {
			l.report(CodeMisspeltKey, Problem, it.line, b, "",
				"the line starts with a colon, and the AWS CLI cannot read such a file at all: fix or remove it")
		}
		if first := lines[key]; first > 0 {
			l.report(CodeDuplicateKey, Problem, it.line, b, key,
				"%s is there already in line %d, and the AWS CLI cannot read such a file at all: remove one of the two", key, first)
		}
		lines[key] = it.line
	}
}

// oddKey reports on a key that is passed over for its characters.
func (l *linter) oddKey(b *block, it *item) {
	key, _, fault := splitProperty(cutEnding(it.first))
	if fault != noFault {
		return // damage
	}
	advice := "keys are made of letters, digits and _-/.%@:+"
	spelt := strings.Join(strings.Fields(strings.ToLower(key)), "_")
	if slices.Contains(profileKeys, spelt) || slices.Contains(sessionKeys, spelt) || spelt == "sso_oidc" {
		advice = "write " + spelt
	}
	l.report(CodeMisspeltKey, Problem, it.line, b, "", "SDKs pass over the key %q: %s", key, advice)
}

// key reports on where a key stands, and how it is spelt.
func (l *linter) key(b *block, it *item) {
	if isKnown(it.key, b.kind) && !strings.HasPrefix(it.first, it.key) {
		l.report(CodeMisspeltKey, Warning, it.line, b, it.key, "the JavaScript SDK reads no key in capitals: write %s", it.key)
	}
	if strings.Contains(it.key, ":") {
		l.report(CodeMisspeltKey, Warning, it.line, b, it.key,
			"the AWS CLI and boto3 take the colon in %s for an equals sign: write the key without", it.key)
		return
	}
	switch b.kind {
	case servicesSection:
		if start, end := it.value(false); start < end {
			l.report(CodeMisplacedKey, Problem, it.line, b, it.key, "a value of %s has no effect in a services section: "+
				"write the name of a service, such as sso =, and endpoint_url = <address> on an indented line below", it.key)
		}
		if it.key != "sso_oidc" && joined(it.key) == "ssooidc" {
			l.report(CodeMisspeltKey, Problem, it.line, b, it.key, "no tool reads %s: write sso_oidc", it.key)
		}
		return
	case sessionSection:
		if slices.Contains(sessionKeys, it.key) {
			return
		}
		if slices.Contains(profileKeys, it.key) {
			l.report(CodeMisplacedKey, Problem, it.line, b, it.key,
				"%s has no effect in an sso-session, and the AWS CLI wants it to be the same in every profile of it: move it to the profiles", it.key)
			return
		}
	default:
		if it.key == "sso_registration_scopes" || it.key == "latchkey_login" {
			l.report(CodeMisplacedKey, Problem, it.line, b, it.key, "%s has no effect in a profile: move it to an sso-session", it.key)
			return
		}
		if slices.Contains(profileKeys, it.key) {
			l.someTools(b, it)
			return
		}
	}
	if g := l.guess(it.key, b.kind); g.meant != "" {
		l.report(CodeMisspeltKey, g.severity, it.line, b, it.key, "AWS tools do not read %s: did you mean %s?", it.key, g.meant)
	}
}

func isKnown(key string, kind sectionKind) bool {
	switch kind {
	case servicesSection:
		return true // whatever a service is called
	case sessionSection:
		return slices.Contains(sessionKeys, key)
	}
	return slices.Contains(profileKeys, key)
}

// someTools reports on a key that not every tool reads.
func (l *linter) someTools(b *block, it *item) {
	readers := ""
	switch it.key {
	case "aws_security_token":
		readers = "only the AWS CLI and boto3 read aws_security_token, and before aws_session_token: write that one"
	case "endpoint_url":
		readers = "the Go SDK does not read endpoint_url when it signs in: name the endpoints of sso and sso_oidc in a services section"
	case "ca_bundle":
		readers = "the AWS CLI, boto3 and the Go SDK read ca_bundle, and other SDKs do not"
	case "login_session":
		readers = "older tools do not read login_session"
	}
	if readers != "" {
		l.report(CodeSomeTools, Warning, it.line, b, it.key, "%s", readers)
	}
}

func isSignInKey(key string) bool { return strings.HasPrefix(key, "sso_") }

// guess is what a key that no tool reads was meant to be, empty for nothing known.
type guess struct {
	meant    string
	severity Severity
}

// guess remembers what meantKey says: a file repeats the keys of other tools in every
// profile.
func (l *linter) guess(key string, kind sectionKind) guess {
	at := sectionID{kind, key}
	g, ok := l.guesses[at]
	if !ok {
		g = meantKey(key, kind)
		l.guesses[at] = g
	}
	return g
}

// meantKey guesses what a misspelt key was meant to be, and nothing if it is like none:
// then it may well be one of another tool. So may one that lacks no more than the last
// word, which is why that is a warning.
func meantKey(key string, kind sectionKind) guess {
	known := profileKeys
	if kind == sessionSection {
		known = sessionKeys
	}
	var best guess
	least := 2 + min(len(key)/8, 1)
	for _, k := range known {
		switch d := slips(k, key); {
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

// joined returns a key without what separates its words.
func joined(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "_", ""), "-", "")
}

// lacksWord reports whether key is all of known but the last word, and more than one.
func lacksWord(key, known string) bool {
	return strings.Contains(key, "_") && strings.HasPrefix(known, key+"_") && strings.LastIndexByte(known, '_') == len(key)
}
