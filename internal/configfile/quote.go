package configfile

import "strings"

// unquoteWord parses a POSIX shell word: '...' is literal, in "..." a backslash escapes " and
// \, and elsewhere it escapes any character. ok is false if a quote is not closed or text is more
// than one word.
func unquoteWord(text string) (word string, ok bool) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && quote != '\'':
			if i++; i == len(text) {
				return "", false
			}
			if quote == '"' && text[i] != '"' && text[i] != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(text[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && IsSpace(c):
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), quote == 0
}

// indexUnquoted returns the index of the first byte outside quotes that satisfies is, len(line)
// if none does, or -1 if a quote is not closed.
func indexUnquoted(line string, is func(byte) bool) int {
	var quote byte
	for i := range len(line) {
		switch c := line[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case is(c):
			return i
		}
	}
	if quote != 0 {
		return -1
	}
	return len(line)
}
