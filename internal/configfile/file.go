package configfile

import (
	"bytes"
	"strings"
)

// File is a config file taken apart without loss: Bytes returns the same bytes until
// something is changed.
type File struct {
	Blocks []*Block

	start   string // what stands before the first section line
	lineEnd string // of new lines

	index map[ID][]*Block // for changes: the sections of each name that count
	plain []*Block        // [default] where [profile default] replaces it
}

// Block is a section line and what follows it, up to the next one.
type Block struct {
	Kind   Kind
	Name   string
	Header string // the section line, and the indented lines after it
	Text   string // the text between its brackets; empty if it has no closing one
	Line   int
	Items  []*Item

	offset  int
	tail    string // blank lines and comments at the end
	removed bool
}

// Item is a property, or a line that is none, with the lines that belong to it.
type Item struct {
	Key   string // in lower case; empty for a line that is no property
	First string // the line itself, with its line end
	More  string // the rest of it, over indented lines
	Line  int

	before string // blank lines and comments
	offset int
	empty  bool // it had no value when it was read
}

// ValueRange returns where in First the value stands. An empty value stands right after the
// equals sign.
func (it *Item) ValueRange(lenient bool) (start, end int) {
	_, value, _ := SplitProperty(trimSpace(CutLineEnd(it.First), lenient))
	value = trimSpace(value, lenient)
	start = strings.IndexByte(it.First, '=') + 1
	if value != "" {
		start += strings.Index(it.First[start:], value)
	}
	return start, start + len(value)
}

// Parse takes a file apart. Lenient is about lines: the names of sections are always read
// leniently.
func Parse(data []byte, credentials, lenient bool) *File {
	f := &File{lineEnd: "\n"}
	if i := bytes.IndexByte(data, '\n'); i > 0 && data[i-1] == '\r' {
		f.lineEnd = "\r\n"
	}
	s := scanner{text: string(data), line: 1}
	var current *Block
	end := 0 // of the last line that is neither blank nor a comment
	for s.pos < len(s.text) {
		line := s.readLine()
		at := s.start.offset
		switch kind := lineKindOf(line, lenient, current.endsNested()); {
		case kind == blankLine:
			continue
		case kind == sectionLine:
			if current == nil {
				f.start = s.text[:at]
			} else {
				current.tail = s.text[end:at]
			}
			current = newBlock(line, s.start, credentials, lenient)
			current.Header = s.text[at:s.pos]
			f.Blocks = append(f.Blocks, current)
		case current == nil:
		case kind == indentedLine:
			current.extend(s.text[:s.pos])
		default:
			current.Items = append(current.Items, newItem(line, s.text[end:at], s.text[at:s.pos], s.start, lenient))
		}
		end = s.pos
	}
	if current == nil {
		f.start = s.text
	} else {
		current.tail = s.text[end:]
	}
	return f
}

func newBlock(line string, at token, credentials, lenient bool) *Block {
	b := &Block{Line: at.line, offset: at.offset}
	if text, ok := bracketed(line, lenient); ok {
		b.Text = text
		b.Kind, b.Name = Classify(text, credentials, true)
	}
	return b
}

func newItem(line, before, first string, at token, lenient bool) *Item {
	it := &Item{before: before, First: first, Line: at.line, offset: at.offset}
	key, value, err := SplitProperty(line)
	if key = trimSpace(key, lenient); err == nil && IsIdentifier(key) {
		it.Key = strings.ToLower(key)
	}
	it.empty = value == ""
	return it
}

// endsNested reports whether the last property has no value, so that indented lines are
// settings below it.
func (b *Block) endsNested() bool {
	return b != nil && len(b.Items) > 0 && b.Items[len(b.Items)-1].empty
}

// extend adds an indented line, with all lines since the one it continues. The text ends
// with it.
func (b *Block) extend(text string) {
	if len(b.Items) == 0 {
		b.Header = text[b.offset:]
		return
	}
	last := b.Items[len(b.Items)-1]
	last.More = text[last.offset+len(last.First):]
}

// Bytes returns the text of the file.
func (f *File) Bytes() []byte {
	var out bytes.Buffer
	out.WriteString(f.start)
	for _, b := range f.Blocks {
		if !b.removed {
			out.WriteString(b.Header)
			for _, it := range b.Items {
				out.WriteString(it.before + it.First + it.More)
			}
		}
		out.WriteString(b.tail)
	}
	return out.Bytes()
}

// lineEndOf returns the line end of the last line in text, empty if it has none.
func lineEndOf(text string) string {
	return text[len(CutLineEnd(text)):]
}
