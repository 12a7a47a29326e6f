package awsrest

import "strings"

// next goes on to what comes after any space, and returns its first byte: 0 at the end.
func (d *document) next() byte {
	for ; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// accept goes behind the byte that is here if it is one of those.
func (d *document) accept(bytes string) bool {
	if d.at == len(d.text) || strings.IndexByte(bytes, d.text[d.at]) < 0 {
		return false
	}
	d.at++
	return true
}

// value reads a value, depth deep in others. It reports, as the methods that follow do, whether it
// is valid; where it is not, they stop.
func (d *document) value(depth int) bool {
	first, i := d.next(), len(d.tokens)
	d.tokens = append(d.tokens, token{start: d.at})
	ok := false
	switch first {
	case '{':
		ok = d.container("}", depth+1, d.member)
	case '[':
		ok = d.container("]", depth+1, d.value)
	case '"':
		ok = d.string()
	case 't':
		ok = d.word("true")
	case 'f':
		ok = d.word("false")
	case 'n':
		ok = d.word("null")
	default:
		ok = d.number()
	}
	d.tokens[i].end, d.tokens[i].after = d.at, len(d.tokens)
	return ok
}

// container reads an object or a list, whose content one reads.
func (d *document) container(end string, depth int, one func(depth int) bool) bool {
	if depth > maxDepth {
		return false
	}
	d.at++
	d.next()
	if d.accept(end) {
		return true
	}
	for one(depth) {
		d.next()
		if !d.accept(",") {
			return d.accept(end)
		}
	}
	return false
}

func (d *document) member(depth int) bool {
	if d.next() != '"' || !d.value(depth) || d.next() != ':' {
		return false
	}
	d.at++
	return d.value(depth)
}

func (d *document) string() bool {
	text := d.text
	for i := d.at + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			d.at = i + 1
			return true
		case c < ' ':
			d.at = i
			return false
		case c == '\\':
			if d.at = i + 1; !d.escape() {
				return false
			}
			i = d.at
		}
	}
	d.at = len(text)
	return false
}

// escape goes to the last byte of an escape sequence.
func (d *document) escape() bool {
	if d.at == len(d.text) || d.text[d.at] != 'u' {
		return d.at < len(d.text) && strings.IndexByte(`"\/bfnrt`, d.text[d.at]) >= 0
	}
	for range 4 {
		if d.at++; d.at == len(d.text) || strings.IndexByte("0123456789abcdefABCDEF", d.text[d.at]) < 0 {
			return false
		}
	}
	return true
}

func (d *document) word(word string) bool {
	for i := range len(word) {
		if !d.accept(word[i : i+1]) {
			return false
		}
	}
	return true
}

func (d *document) number() bool {
	d.accept("-")
	if !d.accept("0") && !d.digits() {
		return false
	}
	if d.accept(".") && !d.digits() {
		return false
	}
	if d.accept("eE") {
		d.accept("+-")
		return d.digits()
	}
	return true
}

// digits goes behind a digit or more.
func (d *document) digits() bool {
	start := d.at
	for d.accept("0123456789") {
	}
	return d.at > start
}
