package configfile

import (
	"errors"
	"strings"
)

type lineKind uint8

const (
	blankLine    lineKind = iota // or a comment
	sectionLine                  // valid or not
	propertyLine                 // valid or not
	indentedLine                 // continues the line before
)

// lineKindOf returns the kind of a line from how it starts. Nested means that the last property
// has no value, so that indented lines are nested settings.
func lineKindOf(line string, lenient, nested bool) lineKind {
	trimmed := trimSpace(line, lenient)
	switch {
	case trimmed == "" || IsCommentMark(line[0]) || lenient && IsCommentMark(trimmed[0]):
		return blankLine
	case line[0] == '[' || lenient && IsSection(trimmed):
		return sectionLine
	case !IsSpace(line[0]) || lenient && !nested && IsProperty(trimmed):
		return propertyLine
	}
	return indentedLine
}

// IsSection reports whether a line without indentation is a section line.
func IsSection(line string) bool {
	if !strings.HasPrefix(line, "[") {
		return false
	}
	_, ok := bracketed(line, true)
	return ok
}

// IsProperty reports whether a line is a name = value line.
func IsProperty(line string) bool {
	_, _, err := SplitProperty(line)
	return err == nil
}

var (
	errNoEquals = errors.New("no equals sign")
	errNoName   = errors.New("no name")
)

// SplitProperty parses name = value and drops a comment. It fails without an equals sign or name.
func SplitProperty(line string) (name, value string, err error) {
	line = strings.Trim(line, " \t")
	name, value, found := strings.Cut(line[:CommentStart(line)], "=")
	name = strings.Trim(name, " \t")
	switch {
	case !found:
		return "", "", errNoEquals
	case name == "":
		return "", "", errNoName
	}
	return name, strings.Trim(value, " \t"), nil
}

// CommentStart returns the index of the first # or ; after whitespace, or len(line). So
// https://host/start#/ contains no comment.
func CommentStart(line string) int {
	for i := 1; i < len(line); i++ {
		if IsCommentMark(line[i]) && IsSpace(line[i-1]) {
			return i
		}
	}
	return len(line)
}

// bracketed returns the text between the brackets of a section line. A comment starts at the
// first # or ;, unless the line is valid only if quotes protect them.
func bracketed(line string, lenient bool) (text string, ok bool) {
	end := strings.IndexAny(line, "#;")
	if end < 0 {
		return trimBrackets(line, lenient)
	}
	if text, ok = trimBrackets(line[:end], lenient); ok {
		return text, true
	}
	if end = indexUnquoted(line, IsCommentMark); end < 0 {
		return "", false
	}
	return trimBrackets(line[:end], lenient)
}

func trimBrackets(line string, lenient bool) (text string, ok bool) {
	text, open := strings.CutPrefix(trimSpace(line, lenient), "[")
	text, closed := strings.CutSuffix(text, "]")
	return trimSpace(text, lenient), open && closed
}

// trimSpace trims spaces and tabs, and all Unicode whitespace if lenient.
func trimSpace(text string, lenient bool) string {
	if lenient {
		return strings.TrimSpace(text)
	}
	return strings.Trim(text, " \t")
}

// cutLine returns text up to its first line feed.
func cutLine(text string) (line string, found bool) {
	line, _, found = strings.Cut(text, "\n")
	return line, found
}

// CutLineEnd returns a line without its LF or CRLF.
func CutLineEnd(line string) string {
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// IsSpace reports whether c is a space or a tab.
func IsSpace(c byte) bool { return c == ' ' || c == '\t' }

// IsCommentMark reports whether c may start a comment.
func IsCommentMark(c byte) bool { return c == '#' || c == ';' }

// IsIdentifier reports whether every SDK accepts s as the name of a section or property. SDKs
// skip other names.
func IsIdentifier(s string) bool {
	for i := range len(s) {
		if !isIdentifierByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isIdentifierByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("_-/.%@:+", c) >= 0
}

// lower returns an identifier in lower case and any other key unchanged: some non-ASCII letters
// have an ASCII lower case.
func lower(key string) string {
	if IsIdentifier(key) {
		return strings.ToLower(key)
	}
	return key
}
