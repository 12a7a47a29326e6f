package awsrest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// value is a JSON value, as it stands in the text.
type value string

// member is a member of an object.
type member struct {
	name  string
	value value
}

// parseObject reads data, which must be one JSON object and nothing else. It says where data stops
// being JSON, but not, as encoding/json would, what stands there.
func parseObject(data []byte) ([]member, error) {
	s := scanner{text: string(data)}
	s.space()
	isObject := s.next() == '{'
	var members []member
	var other value
	if isObject {
		members = s.members(nil)
	} else {
		other = s.value()
	}
	s.space()
	if s.bad || s.at < len(data) {
		return nil, fmt.Errorf("invalid JSON at byte %d of %d", min(s.at+1, len(data)), len(data))
	}
	if !isObject {
		return nil, fmt.Errorf("body is %s, not an object", other.kind())
	}
	return members, nil
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

// scanner goes over a JSON text (RFC 8259) and copies nothing of it. A method that takes something
// leaves the scanner after it, or else bad for good, where the text stops being JSON.
//
// It is here because a page of accounts takes package encoding/json nearly half as long to find valid,
// and four times as long to decode, as the SDK's client needs for the whole call. Two packages that are
// as quick, jsontext and gjson, add 100 kB to a program: more than TestWeight leaves. What is JSON and
// what is not, FuzzParseObject asks encoding/json.
type scanner struct {
	text  string
	at    int
	depth int
	bad   bool
	valid bool // the text is known to be JSON
}

const maxDepth = 10_000 // of encoding/json

// next returns the byte that the scanner stands at; 0 at the end of the text, or in bad text.
func (s *scanner) next() byte {
	if s.bad || s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) space() {
	for c := s.next(); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = s.next() {
		s.at++
	}
}

// take takes c, and the space after it.
func (s *scanner) take(c byte) {
	if s.next() != c {
		s.bad = true
		return
	}
	s.at++
	s.space()
}

// value takes a value, and the space after it.
func (s *scanner) value() value {
	start := s.at
	switch s.next() {
	case '{':
		s.open('{')
		for i := 0; s.more(i, '}'); i++ {
			s.name()
			s.value()
		}
	case '[':
		s.open('[')
		for i := 0; s.more(i, ']'); i++ {
			s.value()
		}
	case '"':
		s.string()
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
	v := value(s.text[start:s.at])
	s.space()
	return v
}

// members takes an object, and the space after it. It appends the members to list.
func (s *scanner) members(list []member) []member {
	s.open('{')
	for i := 0; s.more(i, '}'); i++ {
		name, of := s.name(), s.value()
		if !s.bad {
			list = append(list, member{name.decoded(), of})
		}
	}
	s.space()
	return list
}

// open takes the bracket that an object or a list starts with.
func (s *scanner) open(bracket byte) {
	s.take(bracket)
	s.depth++
	s.bad = s.bad || s.depth > maxDepth
}

// more reports whether there is an i-th member or element, and takes the comma before it. When there
// is none it takes the bracket that ends the object or the list.
func (s *scanner) more(i int, bracket byte) bool {
	if s.next() == bracket {
		s.at++
		s.depth--
		return false
	}
	if i > 0 {
		s.take(',')
	}
	return !s.bad
}

// name takes the name of a member, and its colon.
func (s *scanner) name() value {
	start := s.at
	s.string()
	v := value(s.text[start:s.at])
	s.space()
	s.take(':')
	return v
}

func (s *scanner) string() {
	if s.next() != '"' {
		s.bad = true
		return
	}
	if s.valid {
		s.at += stringLen(s.text[s.at:])
		return
	}
	for s.at++; ; s.at++ {
		s.at += plain(s.text[s.at:])
		switch s.next() {
		case '"':
			s.at++
			return
		case '\\':
			s.escape()
		default:
			s.bad = true
		}
		if s.bad {
			return
		}
	}
}

// stringLen returns the length of the string that valid text starts with, with its quotes.
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

// plain returns how much of text stands for itself in a string.
func plain(text string) int {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(text)
}

// escape takes an escape but for its last character.
func (s *scanner) escape() {
	s.at++
	switch s.next() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		for range 4 {
			s.at++
			if strings.IndexByte("0123456789abcdefABCDEF", s.next()) < 0 {
				s.bad = true
				return
			}
		}
	default:
		s.bad = true
	}
}

func (s *scanner) word(word string) {
	for i := range len(word) {
		if s.next() != word[i] {
			s.bad = true
			return
		}
		s.at++
	}
}

func (s *scanner) number() {
	if s.next() == '-' {
		s.at++
	}
	if s.next() == '0' {
		s.at++
	} else {
		s.digits()
	}
	if s.next() == '.' {
		s.at++
		s.digits()
	}
	if c := s.next(); c == 'e' || c == 'E' {
		s.at++
		if c := s.next(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
}

func (s *scanner) digits() {
	start := s.at
	for c := s.next(); '0' <= c && c <= '9'; c = s.next() {
		s.at++
	}
	s.bad = s.bad || s.at == start
}
