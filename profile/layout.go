package profile

import (
	"bytes"
	"strings"
)

// A layout is a config file taken apart without loss: put together again, it is
// the same bytes. It is what a file is edited by.
type layout struct {
	start  string // what stands before the first section line
	blocks []*block
	ending string // the line end of new lines
}

// block is a section line and what follows it, up to the next one.
type block struct {
	kind   sectionKind
	name   string
	header string // the section line and the indented lines after it
	text   string // of the section line, between the brackets
	line   int
	offset int
	items  []*item
	tail   string // blank lines and comments at the end
	gone   bool
}

// item is a property, or a line that is none, with all that goes with it: the
// indented lines that follow, and what stands between them or before it.
type item struct {
	before string // blank lines and comments
	key    string // in lower case; empty for a line that is no property
	first  string // the line itself
	empty  bool   // it had no value when it was read
	more   string // the rest of it, over indented lines
	line   int
	offset int
}

// value returns where in the first line the value stands. An empty one stands
// right after the equals sign.
func (it *item) value(lenient bool) (start, end int) {
	_, value, _ := splitProperty(trimSpace(cutEnding(it.first), lenient))
	value = trimSpace(value, lenient)
	start = strings.IndexByte(it.first, '=') + 1
	if value != "" {
		start += strings.Index(it.first[start:], value)
	}
	return start, start + len(value)
}

// layOut takes a file apart as it is read, strictly or not.
func layOut(text []byte, lenient bool) *layout {
	l := &layout{ending: "\n"}
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		l.ending = "\r\n"
	}
	s := scanner{text: string(text), line: 1}
	var current *block
	told := 0 // where the last line that says something ends
	for s.pos < len(s.text) {
		line := s.readLine()
		at := s.start.offset
		switch kind := lineKindOf(line, lenient, current.nested()); {
		case kind == blankLine:
			continue
		case kind == sectionLine:
			if current == nil {
				l.start = s.text[:at]
			} else {
				current.tail = s.text[told:at]
			}
			current = newBlock(line, s.start, lenient)
			current.header = s.text[at:s.pos]
			l.blocks = append(l.blocks, current)
		case current == nil:
		case kind == indentedLine:
			current.extend(s.text[:s.pos])
		default:
			current.items = append(current.items, newItem(line, s.text[told:at], s.text[at:s.pos], s.start, lenient))
		}
		told = s.pos
	}
	if current == nil {
		l.start = s.text
	} else {
		current.tail = s.text[told:]
	}
	return l
}

func newBlock(line string, at token, lenient bool) *block {
	b := &block{line: at.line, offset: at.offset}
	if text, ok := bracketed(line, lenient); ok {
		b.text = text
		b.kind, b.name = classify(text, false, lenient)
	}
	return b
}

func newItem(line, before, first string, at token, lenient bool) *item {
	it := &item{before: before, first: first, line: at.line, offset: at.offset}
	key, value, fault := splitProperty(line)
	if key = trimSpace(key, lenient); fault == noFault && isIdentifier(key) {
		it.key = strings.ToLower(key)
	}
	it.empty = value == ""
	return it
}

// nested reports whether the last property has no value, so that indented lines are
// settings below it.
func (b *block) nested() bool {
	return b != nil && len(b.items) > 0 && b.items[len(b.items)-1].empty
}

// extend takes an indented line, with all since the line it goes on from. The
// text ends with it.
func (b *block) extend(text string) {
	if len(b.items) == 0 {
		b.header = text[b.offset:]
		return
	}
	last := b.items[len(b.items)-1]
	last.more = text[last.offset+len(last.first):]
}

// bytes puts the file together.
func (l *layout) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(l.start)
	for _, block := range l.blocks {
		if !block.gone {
			b.WriteString(block.header)
			for _, it := range block.items {
				b.WriteString(it.before + it.first + it.more)
			}
		}
		b.WriteString(block.tail)
	}
	return b.Bytes()
}

// cutEnding returns a line without its line end.
func cutEnding(line string) string {
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// ending returns the line end of the last line in text, empty if it has none.
func ending(text string) string {
	return text[len(cutEnding(text)):]
}
