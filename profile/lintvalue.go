package profile

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// value reports on how a value is written.
func (l *linter) value(b *block, it *item) {
	start, end := it.value()
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
	if isQuoted(value) {
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

func isQuoted(value string) bool {
	n := len(value)
	return n >= 2 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1]
}

// isInvisible reports what has a finding of its own neither for its line end nor for
// its encoding. A tab inside a value shows.
func isInvisible(r rune) bool {
	return !unicode.IsPrint(r) && r != '\t' && r != '\r' && r != utf8.RuneError
}

// lacksValue reports whether a line is name = and no more.
func lacksValue(line string) bool {
	_, value, fault := splitProperty(line)
	return fault == noFault && value == ""
}

func hasComment(line string) bool {
	line = strings.Trim(cutEnding(line), " \t")
	return commentStart(line) < len(line)
}

// indented reports on the indented lines after a value. Only what follows an empty
// one means the same to every tool.
func (l *linter) indented(b *block, it *item) {
	start, end := it.value()
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
		case start == end && lacksValue(said):
			l.report(CodeEmptyValue, Warning, line, b, it.key,
				"the setting has no value, and the JavaScript SDK takes those after it for parts of it: remove it")
		case start == end && hasComment(text):
			l.report(CodeInlineComment, Warning, line, b, it.key,
				"the JavaScript SDK takes the comment for one, and other tools for a part of the value: move it to a line of its own, from the first column on")
		case start == end:
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
