package awsrest

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// value is a value of a JSON text (RFC 8259), as it stands there; empty for none. Package
// encoding/json has found the text valid: all that is left is to see where a value ends, which
// copies nothing. To decode a page of accounts took it four times as long, and as many allocations,
// as the SDK's client needs for the call.
type value string

// parseObject reads data, which must be one JSON object and nothing else. It says where data stops
// being JSON, but not, as encoding/json would, what stands there.
func parseObject(data []byte) (value, error) {
	if !json.Valid(data) {
		at := int64(len(data))
		if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(data, new(any))); ok {
			at = syntax.Offset
		}
		return "", fmt.Errorf("invalid JSON at byte %d of %d", at, len(data))
	}
	v, _ := cut(string(data))
	if kind := v.kind(); kind != "an object" {
		return "", fmt.Errorf("body is %s, not an object", kind)
	}
	return v, nil
}

// cut returns the first value of a text, and what follows it. With the space before a value goes
// what is between it and the last one.
func cut(text string) (v value, rest string) {
	text = strings.TrimLeft(text, " \t\r\n,:")
	end, depth := 0, 0
	for end < len(text) {
		switch text[end] {
		case '{', '[':
			depth++
			end++
		case '}', ']':
			depth--
			end++
		case '"':
			end += stringLen(text[end:])
		default:
			if end++; depth > 0 {
				continue
			}
			if n := strings.IndexAny(text[end:], ",]} \t\r\n"); n >= 0 {
				end += n
			} else {
				end = len(text)
			}
		}
		if depth == 0 {
			break
		}
	}
	return value(text[:end]), text[end:]
}

// stringLen returns the length of the string that text starts with, with its quotes.
func stringLen(text string) int {
	for i := 1; ; i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
}

// kind names the type of the value.
func (v value) kind() string {
	if v == "" {
		return "nothing"
	}
	switch v[0] {
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

// decoded returns what a string means. Without escapes that is a part of the text, not a copy.
func (v value) decoded() string {
	if strings.IndexByte(string(v), '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	var s string
	_ = json.Unmarshal([]byte(v), &s) // it is valid
	return s
}

// elements goes through a list.
func (v value) elements() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		rest := string(v[1 : len(v)-1])
		for n := 0; ; n++ {
			var element value
			if element, rest = cut(rest); element == "" || !yield(n, element) {
				return
			}
		}
	}
}

// members goes through an object. It goes through nothing if there is none.
func (v value) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		if v == "" {
			return
		}
		rest := string(v[1 : len(v)-1])
		for {
			var name, member value
			if name, rest = cut(rest); name == "" {
				return
			}
			if member, rest = cut(rest); !yield(name.decoded(), member) {
				return
			}
		}
	}
}

// member returns the last member of exactly that name, none if it is absent or null.
func (v value) member(name string) value {
	var found value
	for key, member := range v.members() {
		if key == name {
			found = member
		}
	}
	if found.kind() == "null" {
		return ""
	}
	return found
}
