package awsrest

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// element is an XML element, with either children or text.
type element struct {
	name     string
	text     string
	children []*element
}

func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// object returns the children as the members of a JSON object.
func (e *element) object() map[string]any {
	object := make(map[string]any, len(e.children))
	for _, c := range e.children {
		if len(c.children) > 0 {
			object[c.name] = c.object()
		} else {
			object[c.name] = c.text
		}
	}
	return object
}

var errNotXML = errors.New("body is not the XML of the AWS Query protocol")

// parseXML reads the XML that AWS sends: elements and text, without comments, CDATA or
// DOCTYPE. It skips attributes. Package encoding/xml would add to the start-up time of
// every process.
func parseXML(text string) (*element, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if rest, ok := strings.CutPrefix(text, "<?xml"); ok {
		_, text, _ = strings.Cut(rest, "?>")
	}
	root := &element{}
	r := xmlReader{root}
	for text != "" {
		before, rest, opened := strings.Cut(text, "<")
		tag, after, closed := strings.Cut(rest, ">")
		if !opened || !closed {
			return nil, errNotXML
		}
		r.last().text += before
		if err := r.tag(tag); err != nil {
			return nil, err
		}
		text = after
	}
	if len(r) != 1 || len(root.children) != 1 || strings.TrimSpace(root.text) != "" {
		return nil, errNotXML
	}
	return root.children[0], nil
}

// xmlReader is the elements that are open, the innermost last. The first stands for the document.
type xmlReader []*element

func (r *xmlReader) last() *element { return (*r)[len(*r)-1] }

// tag takes what is between < and >.
func (r *xmlReader) tag(tag string) error {
	if name, ok := strings.CutPrefix(tag, "/"); ok {
		return r.end(strings.TrimSpace(name))
	}
	tag, empty := strings.CutSuffix(tag, "/")
	words := strings.Fields(tag)
	switch {
	case len(words) == 0 || !strings.HasPrefix(tag, words[0]) || strings.ContainsAny(words[0], "!?'\"=&"):
		return errNotXML
	case strings.Count(tag, `"`)%2 != 0 || strings.Count(tag, `'`)%2 != 0: // cut at a > in an attribute
		return errNotXML
	}
	e := &element{name: words[0]}
	r.last().children = append(r.last().children, e)
	if !empty {
		*r = append(*r, e)
	}
	return nil
}

// end takes an end tag.
func (r *xmlReader) end(name string) (err error) {
	e := r.last()
	if name == "" || e.name != name {
		return errNotXML
	}
	e.text, err = unescapeXML(e.text)
	*r = (*r)[:len(*r)-1]
	return err
}

// unescapeXML resolves the references in a text: the five names of XML, and numbers.
func unescapeXML(text string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "&")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		reference, after, ok := strings.Cut(rest, ";")
		r, known := xmlReference(reference)
		if !ok || !known {
			return "", errNotXML
		}
		b.WriteRune(r)
		text = after
	}
}

func xmlReference(name string) (r rune, ok bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && digits != name && utf8.ValidRune(rune(n))
}
