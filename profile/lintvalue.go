package profile

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// value reports on how a value is written.
func (l *linter) value(b *block, it *item) {
	start, end := it.value(false)
	value := it.first[start:end]
	l.invisible(b, it, it.line, value)
	if hasComment(it.first) {
		consequence := ""
		if it.key == "sso_session" || it.key == "sso_start_url" {
			consequence = ", and so look for the sign-in under another name"
		}
		l.report(CodeInlineComment, Warning, it.line, b, it.key,
			"the AWS CLI and boto3 take the comment for a part of %s%s: move it to a line of its own", it.key, consequence)
	}
	if len(value) > 1 && isQuoted(value) {
		l.report(CodeQuotedValue, Warning, it.line, b, it.key,
			"the Go SDK takes the quotes off %s and other tools do not: write it without", it.key)
	}
	if value == "" && it.more == "" && b.kind != servicesSection && isSignInKey(it.key) {
		l.report(CodeEmptyValue, Warning, it.line, b, it.key,
			"%s has no value, which some tools take for a value and some for a missing key: remove it", it.key)
	}
}

// invisible reports a character that does not show in a line of a value.
func (l *linter) invisible(b *block, it *item, line int, text string) {
	if i := strings.IndexFunc(text, isInvisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		l.report(CodeInvisible, Problem, line, b, it.key,
			"the value has the character %U in it, which does not show, and which most tools take for a part of it: remove it", r)
	}
}

// isQuoted reports whether a value starts and ends with the same quote, which may be
// one.
func isQuoted(value string) bool {
	n := len(value)
	return n > 0 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1]
}

// loneQuote reports a value that is nothing but a quote.
func (l *linter) loneQuote(b *block, it *item, number int, line string) {
	line = line[:commentStart(line)]
	sign := strings.IndexAny(line, "=:") // the Go SDK takes either
	if sign < 0 {
		return
	}
	if value := strings.TrimSpace(line[sign+1:]); len(value) == 1 && isQuoted(value) {
		l.report(CodeQuotedValue, Problem, number, b, it.key,
			"the Go SDK crashes over a value that is nothing but a quote, in whatever section: remove it")
	}
}

// isInvisible reports what has a finding of its own neither for its line end nor for
// its encoding. A tab inside a value shows.
func isInvisible(r rune) bool {
	return !unicode.IsPrint(r) && r != '\t' && r != '\r' && r != utf8.RuneError
}

// nested reports on a line of name = value among indented ones.
func (l *linter) nested(b *block, it *item, number int, line string) {
	_, value, fault := splitProperty(line)
	switch {
	case fault != noFault: // damage
	case isPlain(it.key, b.kind):
		l.report(CodeIndented, Problem, number, b, it.key, "%s has no settings below it: write its value on its own line", it.key)
	case hasComment(line):
		l.report(CodeInlineComment, Warning, number, b, it.key,
			"the JavaScript SDK takes the comment for one, and other tools for a part of the value: move it to a line of its own, from the first column on")
	case value == "":
		l.report(CodeEmptyValue, Warning, number, b, it.key,
			"the setting has no value, and the JavaScript SDK takes those after it for parts of it: remove it")
	case len(value) > 1 && isQuoted(value):
		l.report(CodeQuotedValue, Warning, number, b, it.key,
			"the Go SDK takes the quotes off the value and other tools do not: write it without")
	}
}

// isPlain reports whether a key that tools read has a value on its own line.
func isPlain(key string, kind sectionKind) bool {
	return kind != servicesSection && isKnown(key, kind) && key != "s3" && key != "api_versions"
}

func hasComment(line string) bool {
	line = strings.Trim(cutEnding(line), " \t")
	return commentStart(line) < len(line)
}

// indented reports on the indented lines after a value. Only what follows an empty
// one means the same to every tool.
func (l *linter) indented(b *block, it *item) {
	start, end := it.value(false)
	line := it.line
	for text := range strings.SplitSeq(it.more, "\n") {
		line++
		text = strings.TrimSuffix(text, "\r")
		said := strings.Trim(text, " \t")
		switch {
		case said == "" || !isSpace(text[0]):
		case start == end && isCommentMark(said[0]):
			if _, _, fault := splitProperty(said); fault == noFault { // else it is damage
				l.report(CodeIndented, Warning, line, b, it.key,
					"some tools take the indented comment for a setting in %s: write it from the first column on", it.key)
			}
		case start == end:
			l.nested(b, it, line, said)
		case isCommentMark(said[0]):
			l.report(CodeIndented, Warning, line, b, it.key,
				"some tools take the indented comment for more of the value of %s: write it from the first column on", it.key)
		default:
			l.report(CodeIndented, Warning, line, b, it.key,
				"some tools take the indented line for more of the value of %s, and some for a setting or for nothing: "+
					"write it from the first column on, or on the line of %s", it.key, it.key)
		}
	}
}
