package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

func (l *linter) value(b *configfile.Block, it *configfile.Item) {
	start, end := it.ValueRange(false)
	value, at := it.First[start:end], atItem(b, it)
	l.invisible(at, value)
	if hasComment(it.First) {
		reason := "the AWS CLI and boto3 read the comment as part of " + it.Key
		if it.Key == "sso_session" || it.Key == "sso_start_url" {
			reason += ", and store the token under another name"
		}
		l.warning(codeInlineComment, at, reason, fixComment)
	}
	if len(value) > 1 && isQuoted(value) {
		l.warning(codeQuotedValue, at, "the Go SDK removes the quotes around "+it.Key+", and other tools keep them", "remove the quotes")
	}
	if value == "" && it.More == "" && b.Kind != configfile.Services && isSignInKey(it.Key) {
		l.warning(codeEmptyValue, at, it.Key+" has no value, which some tools treat as empty and some as unset", "remove it")
	}
}

// invisible reports the first invisible character in a line of a value.
func (l *linter) invisible(at place, text string) {
	if i := strings.IndexFunc(text, isInvisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		l.problem(codeInvisible, at, fmt.Sprintf("the value contains the invisible character %U, which most tools keep", r), "remove it")
	}
}

// isQuoted reports whether a value starts and ends with the same quote. A lone quote does.
func isQuoted(value string) bool {
	n := len(value)
	return n > 0 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1]
}

// loneQuote reports a value that is a single quote character.
func (l *linter) loneQuote(at place, line string) {
	line = line[:configfile.CommentStart(line)]
	sign := strings.IndexAny(line, "=:") // the Go SDK accepts either
	if sign < 0 {
		return
	}
	if value := strings.TrimSpace(line[sign+1:]); len(value) == 1 && isQuoted(value) {
		l.problem(codeQuotedValue, at, "the Go SDK crashes on a value that is a single quote character, in any section", "remove it")
	}
}

// isInvisible reports whether r is invisible. Line breaks and invalid UTF-8 have their own
// findings, and tabs are visible enough.
func isInvisible(r rune) bool {
	return !unicode.IsPrint(r) && r != '\t' && r != '\r' && r != utf8.RuneError
}

func hasComment(line string) bool {
	line = strings.Trim(configfile.CutLineEnd(line), " \t")
	return configfile.CommentStart(line) < len(line)
}

// indented reports continuation lines. All tools agree only on those after an empty value.
func (l *linter) indented(b *configfile.Block, it *configfile.Item) {
	start, end := it.ValueRange(false)
	at := atItem(b, it)
	for line := range strings.SplitSeq(it.More, "\n") {
		at.line++
		line = strings.TrimSuffix(line, "\r")
		text := strings.Trim(line, " \t")
		switch {
		case text == "" || !configfile.IsSpace(line[0]):
		case start == end && configfile.IsCommentMark(text[0]):
			if configfile.IsProperty(text) { // otherwise it is a syntax error
				l.warning(codeIndented, at, "some tools read the indented comment as a setting in "+it.Key, fixIndent)
			}
		case start == end:
			l.nested(at, b.Kind, text)
		case configfile.IsCommentMark(text[0]):
			l.warning(codeIndented, at, "some tools read the indented comment as part of the value of "+it.Key, fixIndent)
		default:
			l.warning(codeIndented, at,
				"some tools read the indented line as part of the value of "+it.Key+", some as a setting, and some ignore it",
				fixIndent+", or append it to the line of "+it.Key)
		}
	}
}

// nested checks an indented name = value line.
func (l *linter) nested(at place, kind configfile.Kind, line string) {
	_, value, err := configfile.SplitProperty(line)
	switch {
	case err != nil: // a syntax error
	case hasOwnValue(at.key, kind):
		l.problem(codeIndented, at, at.key+" does not take nested settings", "write the value on the same line")
	case hasComment(line):
		l.warning(codeInlineComment, at, "the JavaScript SDK reads this as a comment, and other tools as part of the value",
			fixComment+", and start it in the first column")
	case value == "":
		l.warning(codeEmptyValue, at, "the setting has no value, and the JavaScript SDK reads the settings below as part of it", "remove it")
	case len(value) > 1 && isQuoted(value):
		l.warning(codeQuotedValue, at, "the Go SDK removes the quotes around the value, and other tools keep them", "remove the quotes")
	}
}

// hasOwnValue reports whether a known key takes a value rather than nested settings.
func hasOwnValue(key string, kind configfile.Kind) bool {
	return kind != configfile.Services && isKnown(key, kind) && key != "s3" && key != "api_versions"
}
