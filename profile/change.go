package profile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Kind is the kind of a section in the config file.
type Kind = configfile.Kind

// The kinds of sections that [Edit] can change.
const (
	KindProfile  = configfile.Profile  // [profile NAME] or [default]
	KindSession  = configfile.Session  // [sso-session NAME]
	KindServices = configfile.Services // [services NAME]
)

// Setting is a key and its value.
type Setting struct{ Key, Value string }

// Format redacts secrets as [Property] does, for every verb.
func (s Setting) Format(f fmt.State, verb rune) {
	Property{Key: strings.ToLower(s.Key), Value: s.Value}.Format(f, verb)
}

// MarshalText redacts secrets in JSON and slog.
func (s Setting) MarshalText() ([]byte, error) {
	return Property{Key: strings.ToLower(s.Key), Value: s.Value}.MarshalText()
}

// Change is one edit to a config file, made by [Set], [RemoveKey] or [RemoveSection]. The zero
// value changes nothing.
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

// Format prints the section and the keys, without values, for every verb.
func (c Change) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "change to %s", c.section.Kind.Header(c.section.Name))
	for _, s := range c.settings {
		fmt.Fprintf(f, " %q", s.Key)
	}
}

// Set sets keys in a section, and appends the section to the file if it does not exist. An
// existing key keeps its position and its comment; a new key goes at the end of the section.
// If a key or a section is duplicated, Set changes the value in effect.
func Set(kind Kind, name string, settings ...Setting) Change {
	return Change{action: setSettings, section: configfile.ID{Kind: kind, Name: name}, settings: settings}
}

// RemoveKey removes a key and its continuation lines from a section. It does nothing if the
// key does not exist.
func RemoveKey(kind Kind, name, key string) Change {
	return Change{action: removeKey, section: configfile.ID{Kind: kind, Name: name}, settings: []Setting{{Key: key}}}
}

// RemoveSection removes a section and the blank lines after it, but keeps comments after its
// last setting. It does nothing if the section does not exist.
func RemoveSection(kind Kind, name string) Change {
	return Change{action: removeSection, section: configfile.ID{Kind: kind, Name: name}}
}

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

// set checks every setting before it changes any.
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

// check rejects a setting that some tool would not read back unchanged.
func (s Setting) check() *Error {
	reason := ""
	switch {
	case !configfile.IsIdentifier(s.Key):
		return &Error{Reason: fmt.Sprintf("invalid key %q", s.Key), Fix: "use letters, digits and _-/.%@+"}
	case strings.Contains(s.Key, ":"):
		reason = "has a colon in its name, which the AWS CLI reads as an equals sign"
	case !utf8.ValidString(s.Value) || !configfile.IsPrint(s.Value):
		reason = "has a value with an unprintable character, such as a line break"
	case strings.TrimSpace(s.Value) != s.Value:
		reason = "has a value with leading or trailing whitespace, which the file format drops"
	case isQuoted(s.Value):
		reason = "has a quoted value: the Go SDK removes the quotes or crashes, and other tools keep them"
	case hasInlineComment(s.Value):
		reason = "has a value with # or ; at its start or after a space, which starts a comment"
	default:
		return nil
	}
	return &Error{Key: s.Key, Reason: s.Key + " " + reason}
}

// hasInlineComment reports whether part of value would be read as a comment.
func hasInlineComment(value string) bool {
	_, read, _ := configfile.SplitProperty("k = " + value)
	return read != value
}

// protoName names the prototype of a JavaScript object.
const protoName = "__proto__"

// checkName rejects a section name that some tool cannot read. Tools disagree about quoting,
// so few characters are allowed.
func checkName(name string) *Error {
	if name == protoName {
		return &Error{Reason: "the JavaScript SDK cannot read a file that contains this name", Fix: "choose another name"}
	}
	if name != strings.TrimSpace(name) || !configfile.IsIdentifier(strings.ReplaceAll(name, " ", "_")) {
		return &Error{
			Reason: fmt.Sprintf("invalid name %q", name),
			Fix:    "choose a name made of letters, digits, inner spaces and _-/.%@:+",
		}
	}
	return nil
}
