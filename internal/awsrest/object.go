package awsrest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Object reads the members of a JSON object in a response by their exact names. A member that is absent or null reads
// as the zero value. A member of the wrong type is an error; Err returns the first one. Errors contain names but no
// values.
type Object struct {
	members []member
	path    string // of the object, with a trailing dot
	*reading
}

// reading is shared by the objects of a response.
type reading struct {
	first   error
	strings []string // backing array for newString
}

func (r *reading) newString(s string) *string {
	if n := cap(r.strings); len(r.strings) == n {
		r.strings = make([]string, 0, max(4, 2*n)) // pointers keep the old array alive
	}
	r.strings = append(r.strings, s)
	return &r.strings[len(r.strings)-1]
}

// ParseObject parses data, which must be a single JSON object in UTF-8 (RFC 8259 section 8.1). If a name is repeated, the
// last member wins.
func ParseObject(data []byte) (*Object, error) {
	members, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) { // encoding/json would put U+FFFD into a secret
		return nil, errNotUTF8
	}
	return &Object{members: members, reading: new(reading)}, nil
}

var errNotUTF8 = errors.New("body is not UTF-8")

// Err returns the first error in the response, or nil.
func (o *Object) Err() error { return o.first }

func (o *Object) fail(format string, args ...any) {
	if o.first == nil {
		o.first = fmt.Errorf("%s%w", o.path, fmt.Errorf(format, args...))
	}
}

// Forgive drops the errors so far, for a response that must not be lost. Invalid members read as zero values.
func (o *Object) Forgive() { o.first = nil }

// find returns the last member with that name.
func (o *Object) find(name string) (v value, found bool) {
	for _, m := range slices.Backward(o.members) {
		if m.name == name {
			return m.value, true
		}
	}
	return "", false
}

// member returns the last member with that name and reports whether it has the wanted kind.
func (o *Object) member(name, want string) (value, bool) {
	v, found := o.find(name)
	if !found {
		return "", false
	}
	kind := v.kind()
	if kind != want && kind != "null" {
		o.fail("%s is %s, not %s", name, kind, want)
	}
	return v, kind == want
}

// String reads a string; nil if the member is absent.
func (o *Object) String(name string) *string {
	v, ok := o.member(name, "a string")
	if !ok {
		return nil
	}
	return o.newString(v.decoded())
}

// RequireString reads a string that must be present and not empty.
func (o *Object) RequireString(name string) *string {
	s := o.String(name)
	if s == nil || *s == "" {
		o.fail("%s is missing from the response", name)
	}
	return s
}

// RequireTime reads a timestamp (RFC 3339) that must be present and valid.
func (o *Object) RequireTime(name string) time.Time {
	text := o.RequireString(name)
	if text == nil || *text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		o.fail("%s is not a timestamp", name)
	}
	return t
}

// Strings reads a list of strings, skipping null elements; nil if the member is absent.
func (o *Object) Strings(name string) []string {
	v, ok := o.member(name, "a list")
	if !ok {
		return nil
	}
	list := []string{}
	s := scanner{text: string(v), valid: true}
	s.open('[')
	for i := 0; s.more(i, ']'); i++ {
		element := s.value()
		switch k := element.kind(); k {
		case "null":
		case "a string":
			list = append(list, element.decoded())
		default:
			o.fail("%s[%d] is %s, not a string", name, i, k)
			return nil
		}
	}
	return list
}

// Seconds reads a lifetime; 0 if the member is absent. It accepts numeric strings, drops fractions and caps large values
// at the range of an int32.
func (o *Object) Seconds(name string) int32 {
	v, found := o.find(name)
	if !found {
		return 0
	}
	text := string(v)
	if v.kind() == "a string" {
		text = strings.TrimSpace(v.decoded())
	}
	f, err := strconv.ParseFloat(text, 64)
	tooLarge := errors.Is(err, strconv.ErrRange)
	if err != nil && !tooLarge || math.IsNaN(f) || math.IsInf(f, 0) && !tooLarge {
		if v.kind() != "null" {
			o.fail("%s is not a number of seconds", name)
		}
		return 0
	}
	return int32(min(max(f, math.MinInt32), math.MaxInt32))
}

// Int64 reads a whole number, which may be written as a float (1.65e12, 3600.0); 0 if the member is absent.
func (o *Object) Int64(name string) int64 {
	v, ok := o.member(name, "a number")
	if !ok {
		return 0
	}
	if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
		return n
	}
	const exact = 1 << 53 // beyond it, floats skip whole numbers
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		o.fail("%s is not a whole number in range", name)
		return 0
	}
	return int64(f)
}

// Object reads a nested object; nil if the member is absent.
func (o *Object) Object(name string) *Object {
	v, ok := o.member(name, "an object")
	if !ok {
		return nil
	}
	s := scanner{text: string(v), valid: true}
	return &Object{members: s.members(nil), path: o.path + name + ".", reading: o.reading}
}

// RequireObject reads a nested object that must be present. It never returns nil.
func (o *Object) RequireObject(name string) *Object {
	nested := o.Object(name)
	if nested == nil {
		o.fail("%s is missing from the response", name)
		return &Object{path: o.path + name + ".", reading: o.reading}
	}
	return nested
}

// List reads a list of objects, skipping null elements; nil if the member is absent. read must not retain the object.
func List[T any](o *Object, name string, read func(*Object) T) []T {
	v, ok := o.member(name, "a list")
	if !ok {
		return nil
	}
	list := make([]T, 0, min(strings.Count(string(v), "{"), 100))
	object := Object{reading: new(reading)}
	s := scanner{text: string(v), valid: true}
	s.open('[')
	for i := 0; s.more(i, ']'); i++ {
		switch k := value(s.text[s.at:]).kind(); k {
		case "null":
			s.value()
			continue
		case "an object":
			object.members = s.members(object.members[:0])
			list = append(list, read(&object))
		default:
			o.fail("%s[%d] is %s, not an object", name, i, k)
			return nil
		}
		if err := object.Err(); err != nil {
			o.fail("%s[%d].%w", name, i, err)
			return nil
		}
	}
	return list
}
