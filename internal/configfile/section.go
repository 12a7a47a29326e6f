package configfile

import (
	"fmt"
	"strings"
)

// Section is everything the files say under one name: sections of the same name add up,
// and a profile's section of the credentials file follows the one of the config file.
type Section struct {
	Name string
	// File and Line are where the first section of the name starts.
	File string
	Line int
	// Properties are in the order of the files. If a key occurs more than once, the last
	// one counts.
	Properties []Property
}

// Property is one "key = value" of a file. It prints without the value if the key is that
// of a secret.
type Property struct {
	// Key is in lower case.
	Key string
	// Value is as written, with quotes and comments in it. The lines of a value that
	// continues on indented lines are joined by "\n"; a value of nested properties starts
	// with "\n".
	Value string
	File  string
	Line  int
}

// Get returns the property of that key, given in lower case, which counts.
func (s *Section) Get(key string) (Property, bool) {
	for i := len(s.Properties) - 1; i >= 0; i-- {
		if s.Properties[i].Key == key {
			return s.Properties[i], true
		}
	}
	return Property{}, false
}

// Nested returns a setting in a value of nested properties, which has one name = value a
// line. The name may be in any case. It returns "" if there is none.
func (p Property) Nested(name string) string {
	found := ""
	for line := range strings.SplitSeq(p.Value, "\n") {
		key, value, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.Trim(key, " \t"), name) {
			found = strings.Trim(value, " \t")
		}
	}
	return found
}

// String returns "key = value", or "key = [redacted]" for a secret. It treats each
// indented line of the value that is a setting itself in the same way.
func (p Property) String() string {
	lines := strings.Split(p.Key+" = "+p.Value, "\n")
	for i, line := range lines {
		if end := strings.IndexAny(line, "=:"); end >= 0 && isSecret(strings.ToLower(line[:end])) {
			lines[i] = strings.TrimSpace(line[:end]) + " = [redacted]"
			if i == 0 {
				return lines[0]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// isSecret reports whether a key is that of a secret, of any tool, even if it is misspelled.
func isSecret(key string) bool {
	key = strings.TrimSpace(key)
	return strings.Contains(key, "secret") || strings.Contains(key, "password") || strings.HasSuffix(key, "token")
}

// Format prints String whatever the verb, so that no verb shows a secret.
func (p Property) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// MarshalText returns String, which makes it what JSON and slog show.
func (p Property) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Format prints the name and the properties, as those print, whatever the verb: fmt does
// not call Format of a field if the verb does not fit the type around it.
func (s Section) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "section %q", s.Name)
	between := ": "
	for _, p := range s.Properties {
		_, _ = fmt.Fprint(f, between, p.String())
		between = ", "
	}
}

// collector puts what a scanner reads into a section.
type collector struct {
	file string
	into *Section // nil: what is read is dropped
	keep bool     // the last property is in the section, and takes continuations
	long []byte   // its value, once it has more than one line
}

// add takes one property or continuation.
func (c *collector) add(tok token) {
	switch {
	case c.into == nil:
	case tok.kind == tokenProperty:
		c.finish()
		if c.keep = IsIdentifier(tok.key); c.keep {
			if c.into.Properties == nil {
				c.into.Properties = make([]Property, 0, 8)
			}
			c.into.Properties = append(c.into.Properties, Property{
				Key: tok.key, Value: tok.value, File: c.file, Line: tok.line,
			})
		}
	case tok.kind == tokenContinuation && c.keep:
		if c.long == nil {
			c.long = []byte(c.last().Value)
		}
		c.long = append(append(c.long, '\n'), tok.value...)
	}
}

// finish completes the last property.
func (c *collector) finish() {
	if c.long != nil {
		c.last().Value = string(c.long)
		c.long = nil
	}
}

func (c *collector) last() *Property {
	return &c.into.Properties[len(c.into.Properties)-1]
}
