package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// apply makes the changes to the text of a config file.
func apply(text []byte, changes []Change) ([]byte, *Error) {
	e := newEditor(text)
	for _, c := range changes {
		if bad := e.apply(c); bad != nil {
			switch c.section.kind {
			case profileSection:
				bad.Profile = c.section.name
			case sessionSection:
				bad.Session = c.section.name
			}
			return nil, bad
		}
	}
	return e.bytes(), nil
}

// editor changes a layout.
type editor struct {
	*layout
	index map[sectionID][]*block // the sections of each name that count
	plain []*block               // [default] where [profile default] takes its place
}

func newEditor(text []byte) *editor {
	e := &editor{layout: layOut(text, true), index: map[sectionID][]*block{}}
	for _, b := range e.blocks {
		id := sectionID{b.kind, b.name}
		e.index[id] = append(e.index[id], b)
	}
	plain, prefixed := sectionID{plainDefault, defaultName}, sectionID{profileSection, defaultName}
	if len(e.index[prefixed]) > 0 {
		e.plain = e.index[plain]
	} else {
		e.index[prefixed] = e.index[plain]
	}
	return e
}

func (e *editor) apply(c Change) *Error {
	if c.what == 0 {
		return nil
	}
	if c.section.kind.prefix() == "" {
		return &Error{Reason: "a change is to a profile, an sso-session or services, and to nothing else"}
	}
	switch c.what {
	case removeSection:
		e.removeSection(c.section)
	case removeKey:
		for _, b := range e.index[c.section] {
			b.removeKey(strings.ToLower(c.settings[0].Key))
		}
	case setSettings:
		return e.write(c.section, c.settings)
	}
	return nil
}

// write sets all of the settings, or none.
func (e *editor) write(id sectionID, settings []Setting) *Error {
	for _, s := range settings {
		if bad := s.check(); bad != nil {
			return bad
		}
	}
	if len(e.index[id]) == 0 {
		if bad := checkName(id.name); bad != nil {
			return bad
		}
		e.addSection(id)
	}
	for _, s := range settings {
		e.set(e.index[id], s)
	}
	return nil
}

// check refuses what would not be read as it is written, by us or by another tool.
func (s Setting) check() *Error {
	reason := ""
	switch {
	case !isIdentifier(s.Key):
		return &Error{Reason: fmt.Sprintf("invalid key %q", s.Key), Fix: "use letters, digits and _-/.%@+"}
	case strings.Contains(s.Key, ":"):
		reason = "has a colon in its name, which the AWS CLI takes for an equals sign"
	case !utf8.ValidString(s.Value) || strings.ContainsFunc(s.Value, isNotPrint):
		reason = "has a value with a character in it that does not print, such as a line end"
	case strings.TrimSpace(s.Value) != s.Value:
		reason = "has a value with a space before or after it, which does not survive in the file"
	case isQuoted(s.Value):
		reason = "has a value in quotes, which the Go SDK takes off, or crashes over, and other tools do not"
	case startsComment(s.Value):
		reason = "has a value with a # or ; after a space or at its start, where it makes the rest a comment"
	default:
		return nil
	}
	return &Error{Key: s.Key, Reason: s.Key + " " + reason}
}

// prototype is what JavaScript takes for more than a name.
const prototype = "__proto__"

func isNotPrint(r rune) bool { return !unicode.IsPrint(r) }

// startsComment reports whether a comment starts in value, written after a space.
func startsComment(value string) bool {
	_, read, _ := splitProperty("k = " + value)
	return read != value
}

// checkName refuses a name for a new section that some tool would not read. The
// characters are few, because what goes for quotes differs.
func checkName(name string) *Error {
	if name == prototype {
		return &Error{Reason: "the JavaScript SDK cannot read a file with this name in it", Fix: "choose another name"}
	}
	if name != strings.TrimSpace(name) || !isIdentifier(strings.ReplaceAll(name, " ", "_")) {
		return &Error{
			Reason: fmt.Sprintf("invalid name %q", name),
			Fix:    "choose a name of letters, digits, spaces between them and _-/.%@:+",
		}
	}
	return nil
}
