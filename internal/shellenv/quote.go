package shellenv

import "strings"

// quote returns a word that is the value to the shell, whatever is in it.
func (s Shell) quote(value string) string {
	switch s {
	case Fish:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	case Elvish:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case PowerShell: // which takes these for quotes too
		return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(value) + "'"
	case Tcsh:
		return "'" + strings.NewReplacer("'", `'\''`, "!", `\!`).Replace(value) + "'"
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// Quote returns a word for a command line of the shell: in quotes only if it needs them.
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
