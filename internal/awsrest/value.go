package awsrest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// value is the text of a JSON value.
type value string

// member is a member of an object.
type member struct {
	name  string
	value value
}

// parseObject parses data, which must be a single JSON object. Unlike in encoding/json, errors contain the position but
// not the character there, which may be part of a secret.
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

// kind returns the name of the JSON type.
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

// decoded returns the decoded string. It copies only if there are escapes.
func (v value) decoded() string {
	if strings.IndexByte(string(v), '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	var s string
	_ = json.Unmarshal([]byte(v), &s) // the text is valid
	return s
}

// scanner scans JSON text (RFC 8259) without copying it. After invalid JSON it stays bad.
//
// encoding/json takes nearly half as long to validate a page of accounts, and four times as long to decode it, as the
// SDK's client takes for the whole call. The fast packages jsontext and gjson add 100 kB to a program, more than
// TestClientsWeight allows. FuzzParseObject compares scanner with encoding/json.
type scanner struct {
	text  string
	at    int
	depth int
	bad   bool
	valid bool // the text is known to be JSON
}

const maxDepth = 10_000 // of encoding/json

// next returns the next byte, or 0 at the end or if the scanner is bad.
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

// take consumes c and the space after it.
func (s *scanner) take(c byte) {
	if s.next() != c {
		s.bad = true
		return
	}
	s.at++
	s.space()
}

// value consumes a value and the space after it.
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

// members consumes an object and the space after it, and appends its members to list.
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

// open consumes the bracket that starts an object or a list.
func (s *scanner) open(bracket byte) {
	s.take(bracket)
	s.depth++
	s.bad = s.bad || s.depth > maxDepth
}

// more reports whether there is an i-th member or element. It consumes the comma before it or the closing bracket.
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

// name consumes the name of a member and its colon.
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

// stringLen returns the length of the string at the start of valid text, including the quotes.
func stringLen(text string) int {
	end := 1
	for {
		end += strings.IndexByte(text[end:], '"') + 1
		before := end - 2 // a quote behind an odd number of backslashes is escaped
		for text[before] == '\\' {
			before--
		}
		if (end-before)%2 == 0 {
			return end
		}
	}
}

// plain returns the length of the part of text that needs no decoding.
func plain(text string) int {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return len(text)
}

// escape consumes an escape except for its last character.
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
