package awsrest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// Object reads the members of one JSON object of an answer, by their exact names. A member that is
// absent or null reads as the zero value; one of the wrong type is an error that names it, and the
// first error is kept for Err. No error shows a value.
type Object struct {
	members map[string]json.RawMessage
	path    string // of the object within the answer, with a trailing dot
	first   *error // shared by the objects of one answer
}

// ParseObject reads data, which must be one JSON object in UTF-8 (RFC 8259 section 8.1) and nothing
// else. Of two members with the same name the last counts.
func ParseObject(data []byte) (*Object, error) {
	members, err := parseMembers(data)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) { // encoding/json would put U+FFFD into a secret
		return nil, errNotUTF8
	}
	return &Object{members: members, first: new(error)}, nil
}

var errNotUTF8 = errors.New("body is not UTF-8")

// parseMembers says where data stops being JSON, but not, as encoding/json would, what stands there.
func parseMembers(data []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	err := json.Unmarshal(data, &members)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("invalid JSON at byte %d of %d", syntax.Offset, len(data))
	case err != nil, members == nil:
		return nil, fmt.Errorf("body is %s, not an object", kind(data))
	}
	return members, nil
}

// kind names the type of a valid JSON value.
func kind(raw []byte) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "empty"
	}
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

// Err returns the first error any reading of this answer met, or nil.
func (o *Object) Err() error { return *o.first }

func (o *Object) fail(name, format string, args ...any) {
	if *o.first == nil {
		*o.first = fmt.Errorf("%s%s %s", o.path, name, fmt.Sprintf(format, args...))
	}
}

// value returns the member's JSON, nil when it is absent or null.
func (o *Object) value(name string) json.RawMessage {
	raw, ok := o.members[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	return raw
}

// read decodes the member into dst, and reports whether it was there and of that type.
func (o *Object) read(name, want string, dst any) bool {
	raw := o.value(name)
	if raw == nil {
		return false
	}
	if k := kind(raw); k != want || json.Unmarshal(raw, dst) != nil {
		o.fail(name, "is %s, not %s", k, want)
		return false
	}
	return true
}

// String reads a string; nil when the member is absent.
func (o *Object) String(name string) *string {
	raw := o.value(name)
	if n := len(raw); n > 1 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return new(string(raw[1 : n-1])) // nothing to decode
	}
	var s string
	if !o.read(name, "a string", &s) {
		return nil
	}
	return &s
}

// RequireString is String for a member the answer is useless without: absent or empty is an error.
func (o *Object) RequireString(name string) *string {
	s := o.String(name)
	if s == nil || *s == "" {
		o.fail(name, "is missing from the response")
	}
	return s
}

// Strings reads a list of strings, leaving null elements out; nil when the member is absent.
func (o *Object) Strings(name string) []string {
	var list []*string
	raw := o.value(name)
	if raw == nil {
		return nil
	}
	if k := kind(raw); k != "a list" || json.Unmarshal(raw, &list) != nil {
		o.fail(name, "is not a list of strings")
		return nil
	}
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s != nil {
			out = append(out, *s)
		}
	}
	return out
}

// Int32 reads a number; 0 when the member is absent.
func (o *Object) Int32(name string) int32 {
	n := o.Int64(name)
	if n < math.MinInt32 || n > math.MaxInt32 {
		o.fail(name, "is out of range")
		return 0
	}
	return int32(n)
}

// Int64 reads a number; 0 when the member is absent. A whole number may be written as a float
// (1.65e12, 3600.0).
func (o *Object) Int64(name string) int64 {
	raw := o.value(name)
	if raw == nil {
		return 0
	}
	if k := kind(raw); k != "a number" {
		o.fail(name, "is %s, not a number", k)
		return 0
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n
	}
	const exact = 1 << 53 // past it floats skip whole numbers
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		o.fail(name, "is not a whole number in range")
		return 0
	}
	return int64(f)
}

// Object reads a nested object; nil when the member is absent.
func (o *Object) Object(name string) *Object {
	var members map[string]json.RawMessage
	if !o.read(name, "an object", &members) {
		return nil
	}
	return &Object{members: members, path: o.path + name + ".", first: o.first}
}

// RequireObject is Object for a member the answer is useless without: absent is an error, and reads
// as an empty object.
func (o *Object) RequireObject(name string) *Object {
	nested := o.Object(name)
	if nested == nil {
		o.fail(name, "is missing from the response")
		return &Object{path: o.path + name + ".", first: o.first}
	}
	return nested
}

// Objects reads a list of objects, leaving null elements out; nil when the member is absent.
func (o *Object) Objects(name string) []*Object {
	var list []json.RawMessage
	if !o.read(name, "a list", &list) {
		return nil
	}
	out := make([]*Object, 0, len(list))
	for i, raw := range list {
		element := name + "[" + strconv.Itoa(i) + "]"
		switch k := kind(raw); k {
		case "null":
		case "an object":
			var members map[string]json.RawMessage
			if json.Unmarshal(raw, &members) != nil {
				o.fail(element, "is not an object")
				return nil
			}
			out = append(out, &Object{members: members, path: o.path + element + ".", first: o.first})
		default:
			o.fail(element, "is %s, not an object", k)
			return nil
		}
	}
	return out
}

// List reads a list of objects as T; nil when the member is absent.
func List[T any](o *Object, name string, read func(*Object) T) []T {
	objects := o.Objects(name)
	if objects == nil {
		return nil
	}
	list := make([]T, len(objects))
	for i, element := range objects {
		list[i] = read(element)
	}
	return list
}
