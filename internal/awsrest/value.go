package awsrest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// value is a value of a JSON text (RFC 8259), as it stands there. Package encoding/json has found the
// text valid: all that is left is to see where a value ends, which copies nothing. To decode a page
// of accounts took it four times as long, and as many allocations, as the SDK's client needs for the
// call.
type value string

// member is a member of an object.
type member struct {
	name  string
	value value
}

// parseObject reads data, which must be one JSON object and nothing else. It says where data stops
// being JSON, but not, as encoding/json would, what stands there.
func parseObject(data []byte) ([]member, error) {
	if !json.Valid(data) {
		at := int64(len(data))
		if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(data, new(any))); ok {
			at = syntax.Offset
		}
		return nil, fmt.Errorf("invalid JSON at byte %d of %d", at, len(data))
	}
	v := value(skip(string(data)))
	if kind := v.kind(); kind != "an object" {
		return nil, fmt.Errorf("body is %s, not an object", kind)
	}
	members, _ := cutObject(string(v), nil)
	return members, nil
}

// skip returns text without the space, and what else stands between values, at its start.
func skip(text string) string {
	for i := range len(text) {
		switch text[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return text[i:]
		}
	}
	return ""
}

// cut returns the value that text starts with, and the next value with all that follows it.
func cut(text string) (v value, rest string) {
	end := 0
	for depth := 0; end < len(text); {
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
			end++
			if depth > 0 {
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
	return value(text[:end]), skip(text[end:])
}

// stringLen returns the length of the string that text starts with, with its quotes.
func stringLen(text string) int {
	end := 1
	for {
		end += strings.IndexByte(text[end:], '"') + 1
		before := end - 2 // a quote after an odd number of backslashes is none
		for text[before] == '\\' {
			before--
		}
		if (end-before)%2 == 0 {
			return end
		}
	}
}

// kind names the type of the value.
func (v value) kind() string {
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

// cutObject is cut of an object, whose members it appends to list.
func cutObject(text string, list []member) (members []member, rest string) {
	for text = skip(text[1:]); text[0] != '}'; {
		var name, of value
		name, text = cut(text)
		of, text = cut(text)
		list = append(list, member{name.decoded(), of})
	}
	return list, skip(text[1:])
}
