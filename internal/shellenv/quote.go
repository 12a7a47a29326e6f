package shellenv

import "strings"

// quote quotes a value so that the shell takes it literally.
func (s Shell) quote(value string) string {
	switch s {
	case Fish:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	case Elvish:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case PowerShell: // these are single quotes too
		return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(value) + "'"
	case Tcsh:
		return "'" + strings.NewReplacer("'", `'\''`, "!", `\!`).Replace(value) + "'"
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// Quote quotes a word of a command line, if it needs quotes.
func (s Shell) Quote(word string) string {
	special := " \t\r\n'\"$\\&|;<>()[]{}*?!#~`="
	if s != Sh {
		special += ",@%^‘’‚‛“”„"
	}
	if word != "" && !strings.ContainsAny(word, special) {
		return word
	}
	return s.quote(word)
}
