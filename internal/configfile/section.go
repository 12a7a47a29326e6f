package configfile

import (
	"fmt"
	"strings"
)

// Section is the merged content of all sections with the same kind and name. A profile's section
// in the credentials file follows the one in the config file.
type Section struct {
	Name string
	// File and Line are where the first of them starts.
	File string
	Line int
	// Properties are in file order. If a key occurs more than once, the last one wins.
	Properties []Property
}

// Property is a "key = value" line. It prints without the value if the key is a secret's.
type Property struct {
	// Key is in lower case.
	Key string
	// Value is verbatim, including quotes and inline comments. "\n" joins continuation
	// lines; the value of nested settings starts with "\n".
	Value string
	File  string
	Line  int
}

// Get returns the property in effect for a lower-case key.
func (s *Section) Get(key string) (Property, bool) {
	for i := len(s.Properties) - 1; i >= 0; i-- {
		if s.Properties[i].Key == key {
			return s.Properties[i], true
		}
	}
	return Property{}, false
}

// Nested returns the value of a nested setting; empty if it is not set. The name is
// case-insensitive.
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

// String returns "key = value", or "key = [redacted]" for a secret, also for nested settings.
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

// isSecret reports whether a key looks like that of a secret, of any tool.
func isSecret(key string) bool {
	key = strings.TrimSpace(key)
	return strings.Contains(key, "secret") || strings.Contains(key, "password") || strings.HasSuffix(key, "token")
}

// Format prints String for every verb.
func (p Property) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// MarshalText makes JSON and slog show String.
func (p Property) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Format redacts secrets as [Property] does, for every verb: fmt does not call the Format method
// of a field if the verb does not suit the struct.
func (s Section) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "section %q", s.Name)
	between := ": "
	for _, p := range s.Properties {
		_, _ = fmt.Fprint(f, between, p.String())
		between = ", "
	}
}

// collector adds tokens to a section.
type collector struct {
	file string
	into *Section // nil drops the tokens
	keep bool     // the last property is in the section
	long []byte   // its value, if it has several lines
}

// add adds a property or continuation.
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
