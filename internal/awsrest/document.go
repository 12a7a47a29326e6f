package awsrest

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
)

// document is a JSON text (RFC 8259), read in one pass that copies none of it.
type document struct {
	text   string
	at     int // how far it is read
	tokens []token
}

// token is where a value stands, or the name of a member.
type token struct {
	start, end int // of its text
	after      int // the token that follows it and all that is in it
}

// maxDepth is how deep JSON may be nested, as in encoding/json.
const maxDepth = 10_000

// parseDocument reads text, which must be one JSON object and nothing else. It says where it stops
// being JSON, but not, as encoding/json would, what stands there.
func parseDocument(text string) (value, error) {
	d := &document{text: text, tokens: make([]token, 0, 8+len(text)/12)} // that many, as a rule
	if !d.value(0) || d.next() != 0 || d.at < len(text) {
		return value{}, fmt.Errorf("invalid JSON at byte %d of %d", min(d.at+1, len(text)), len(text))
	}
	root := value{d, 0}
	if kind := root.kind(); kind != "an object" {
		return value{}, fmt.Errorf("body is %s, not an object", kind)
	}
	return root, nil
}

// value is a value in a document. The zero value is none.
type value struct {
	doc *document
	i   int // its token
}

// text returns the value as it stands in the document.
func (v value) text() string { return v.doc.text[v.doc.tokens[v.i].start:v.doc.tokens[v.i].end] }

// kind names the type of the value.
func (v value) kind() string {
	if v.doc == nil {
		return "nothing"
	}
	switch v.doc.text[v.doc.tokens[v.i].start] {
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

// decoded returns what a string means. Without escapes that is a part of the document, not a copy.
func (v value) decoded() string {
	text := v.text()
	if strings.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1]
	}
	var s string
	_ = json.Unmarshal([]byte(text), &s) // it is valid
	return s
}

// elements goes through a list.
func (v value) elements() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		tokens, n := v.doc.tokens, 0
		for i := v.i + 1; i < tokens[v.i].after; i = tokens[i].after {
			if !yield(n, value{v.doc, i}) {
				return
			}
			n++
		}
	}
}

// members goes through an object. It goes through nothing if there is none.
func (v value) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		if v.doc == nil {
			return
		}
		tokens := v.doc.tokens
		for i := v.i + 1; i < tokens[v.i].after; i = tokens[i+1].after {
			if !yield(value{v.doc, i}.decoded(), value{v.doc, i + 1}) {
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
		return value{}
	}
	return found
}
