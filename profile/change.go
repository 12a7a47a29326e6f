package profile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Kind is what a section of the config file describes.
type Kind = configfile.Kind

// The kinds of sections that [Edit] changes.
const (
	KindProfile  = configfile.Profile  // [profile NAME], or [default]
	KindSession  = configfile.Session  // [sso-session NAME]
	KindServices = configfile.Services // [services NAME]
)

// Setting is a key and its value.
type Setting struct{ Key, Value string }

// Format prints as a [Property] does, so that no verb shows a secret.
func (s Setting) Format(f fmt.State, verb rune) {
	Property{Key: strings.ToLower(s.Key), Value: s.Value}.Format(f, verb)
}

// MarshalText makes JSON and slog show what Format prints.
func (s Setting) MarshalText() ([]byte, error) {
	return Property{Key: strings.ToLower(s.Key), Value: s.Value}.MarshalText()
}

// Change is one change to a config file, for [Edit]. The zero value changes nothing.
type Change struct {
	action   action
	section  configfile.ID
	settings []Setting
}

type action uint8

const (
	setSettings action = 1 + iota
	removeKey
	removeSection
)

// Format prints which section and which keys it is about, whatever the verb.
func (c Change) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "change to %s", c.section.Kind.Header(c.section.Name))
	for _, s := range c.settings {
		fmt.Fprintf(f, " %q", s.Key)
	}
}

// Set writes settings of a section, and adds the section at the end of the file if there
// is none. A key that is there keeps its place and the comment on its line; a new one
// follows the last of the section. If a key or a section is there more than once, the value
// that counts is changed.
func Set(kind Kind, name string, settings ...Setting) Change {
	return Change{action: setSettings, section: configfile.ID{Kind: kind, Name: name}, settings: settings}
}

// RemoveKey removes a key from a section, with the indented lines that belong to it. It
// changes nothing if there is none.
func RemoveKey(kind Kind, name, key string) Change {
	return Change{action: removeKey, section: configfile.ID{Kind: kind, Name: name}, settings: []Setting{{Key: key}}}
}

// RemoveSection removes a section, and the blank lines after it; a comment after its last
// setting stays. It changes nothing if there is none.
func RemoveSection(kind Kind, name string) Change {
	return Change{action: removeSection, section: configfile.ID{Kind: kind, Name: name}}
}

// apply makes the changes to the text of a config file.
func apply(text []byte, changes []Change) ([]byte, *Error) {
	f := configfile.Parse(text, false, true)
	for _, c := range changes {
		if bad := c.apply(f); bad != nil {
			switch c.section.Kind {
			case KindProfile:
				bad.Profile = c.section.Name
			case KindSession:
				bad.Session = c.section.Name
			}
			return nil, bad
		}
	}
	return f.Bytes(), nil
}

func (c Change) apply(f *configfile.File) *Error {
	if c.action != 0 && c.section.Kind.Prefix() == "" {
		return &Error{Reason: "unknown kind of section", Fix: "use KindProfile, KindSession or KindServices"}
	}
	switch c.action {
	case removeSection:
		f.RemoveSection(c.section)
	case removeKey:
		f.RemoveKey(c.section, c.settings[0].Key)
	case setSettings:
		return c.set(f)
	}
	return nil
}

// set sets all settings, or none.
func (c Change) set(f *configfile.File) *Error {
	for _, s := range c.settings {
		if bad := s.check(); bad != nil {
			return bad
		}
	}
	if !f.Has(c.section) {
		if bad := checkName(c.section.Name); bad != nil {
			return bad
		}
		f.Add(c.section)
	}
	for _, s := range c.settings {
		f.Set(c.section, s.Key, s.Value)
	}
	return nil
}

// check rejects what this package or another tool would not read as it is written.
func (s Setting) check() *Error {
	reason := ""
	switch {
	case !configfile.IsIdentifier(s.Key):
		return &Error{Reason: fmt.Sprintf("invalid key %q", s.Key), Fix: "use letters, digits and _-/.%@+"}
	case strings.Contains(s.Key, ":"):
		reason = "has a colon in its name, which the AWS CLI takes for an equals sign"
	case !utf8.ValidString(s.Value) || !configfile.IsPrint(s.Value):
		reason = "has a value with a character in it that does not print, such as a line end"
	case strings.TrimSpace(s.Value) != s.Value:
		reason = "has a value with a space before or after it, which the file does not keep"
	case isQuoted(s.Value):
		reason = "has a value in quotes, which the Go SDK removes, or crashes over, and other tools keep"
	case startsComment(s.Value):
		reason = "has a value with a # or ; after a space or at its start, where it makes the rest a comment"
	default:
		return nil
	}
	return &Error{Key: s.Key, Reason: s.Key + " " + reason}
}

// startsComment reports whether a comment starts in value, written after a space.
func startsComment(value string) bool {
	_, read, _ := configfile.SplitProperty("k = " + value)
	return read != value
}

// prototype is a name that JavaScript objects reserve.
const prototype = "__proto__"

// checkName rejects a name for a new section that some tool would not read. Few characters
// are allowed, since tools differ in what they read as quotes.
func checkName(name string) *Error {
	if name == prototype {
		return &Error{Reason: "the JavaScript SDK cannot read a file with this name in it", Fix: "choose another name"}
	}
	if name != strings.TrimSpace(name) || !configfile.IsIdentifier(strings.ReplaceAll(name, " ", "_")) {
		return &Error{
			Reason: fmt.Sprintf("invalid name %q", name),
			Fix:    "choose a name of letters, digits, spaces between them and _-/.%@:+",
		}
	}
	return nil
}
