package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// value reports on how a value is written.
func (l *linter) value(b *configfile.Block, it *configfile.Item) {
	start, end := it.ValueRange(false)
	value, at := it.First[start:end], atItem(b, it)
	l.invisible(at, value)
	if hasComment(it.First) {
		reason := "the AWS CLI and boto3 read the comment as part of " + it.Key
		if it.Key == "sso_session" || it.Key == "sso_start_url" {
			reason += ", and store the token under another name"
		}
		l.warning(CodeInlineComment, at, reason, fixComment)
	}
	if len(value) > 1 && isQuoted(value) {
		l.warning(CodeQuotedValue, at, "the Go SDK removes the quotes of "+it.Key+", and other tools keep them", "write it without quotes")
	}
	if value == "" && it.More == "" && b.Kind != configfile.Services && isSignInKey(it.Key) {
		l.warning(CodeEmptyValue, at, it.Key+" has no value, which some tools read as an empty value and some as a missing key", "remove it")
	}
}

// invisible reports a character that does not show in a line of a value.
func (l *linter) invisible(at place, text string) {
	if i := strings.IndexFunc(text, isInvisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		l.problem(CodeInvisible, at, fmt.Sprintf("the value has the invisible character %U in it, which most tools read as part of it", r), "remove it")
	}
}

// isQuoted reports whether a value starts and ends with the same quote, which may be one.
func isQuoted(value string) bool {
	n := len(value)
	return n > 0 && (value[0] == '"' || value[0] == '\'') && value[0] == value[n-1]
}

// loneQuote reports a value that is nothing but a quote.
func (l *linter) loneQuote(at place, line string) {
	line = line[:configfile.CommentStart(line)]
	sign := strings.IndexAny(line, "=:") // the Go SDK takes either
	if sign < 0 {
		return
	}
	if value := strings.TrimSpace(line[sign+1:]); len(value) == 1 && isQuoted(value) {
		l.problem(CodeQuotedValue, at, "the Go SDK crashes on a value that is nothing but a quote, in any section", "remove it")
	}
}

// isInvisible reports whether a character does not show. Line ends and bytes that are not
// UTF-8 have findings of their own, and a tab inside a value shows.
func isInvisible(r rune) bool {
	return !unicode.IsPrint(r) && r != '\t' && r != '\r' && r != utf8.RuneError
}

func hasComment(line string) bool {
	line = strings.Trim(configfile.CutLineEnd(line), " \t")
	return configfile.CommentStart(line) < len(line)
}

// indented reports on the indented lines after a value. Only those after an empty one mean
// the same to every tool.
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
			if configfile.IsProperty(text) { // else it is damage
				l.warning(CodeIndented, at, "some tools read the indented comment as a setting in "+it.Key, fixIndent)
			}
		case start == end:
			l.nested(at, b.Kind, text)
		case configfile.IsCommentMark(text[0]):
			l.warning(CodeIndented, at, "some tools read the indented comment as part of the value of "+it.Key, fixIndent)
		default:
			l.warning(CodeIndented, at,
				"some tools read the indented line as part of the value of "+it.Key+", some as a setting, and some not at all",
				fixIndent+", or append it to the line of "+it.Key)
		}
	}
}

// nested reports on a line of name = value among indented ones.
func (l *linter) nested(at place, kind configfile.Kind, line string) {
	_, value, err := configfile.SplitProperty(line)
	switch {
	case err != nil: // damage
	case hasOwnValue(at.key, kind):
		l.problem(CodeIndented, at, at.key+" has no settings below it", "write its value on its own line")
	case hasComment(line):
		l.warning(CodeInlineComment, at, "the JavaScript SDK reads this as a comment, and other tools as part of the value",
			fixComment+", and start it in the first column")
	case value == "":
		l.warning(CodeEmptyValue, at, "the setting has no value, and the JavaScript SDK reads the ones below as part of it", "remove it")
	case len(value) > 1 && isQuoted(value):
		l.warning(CodeQuotedValue, at, "the Go SDK removes the quotes of the value, and other tools keep them", "write it without quotes")
	}
}

// hasOwnValue reports whether a key that tools read has its value on its own line.
func hasOwnValue(key string, kind configfile.Kind) bool {
	return kind != configfile.Services && isKnown(key, kind) && key != "s3" && key != "api_versions"
}
