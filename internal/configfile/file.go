package configfile

import (
	"bytes"
	"strings"
)

// File is a parsed config file. [File.Bytes] returns the original bytes until it is edited.
type File struct {
	Blocks []*Block

	start   string // text before the first section line
	lineEnd string // line ending of new lines

	index map[ID][]*Block // for edits: the blocks in effect for each section
	plain []*Block        // [default] if [profile default] hides it
}

// Block is a section line and the lines up to the next one.
type Block struct {
	Kind   Kind
	Name   string
	Header string // the section line and its continuation lines
	Text   string // the text between the brackets; empty without a closing bracket
	Line   int
	Items  []*Item

	offset  int
	tail    string // blank lines and comments at the end
	removed bool
}

// Item is a property, or a line that cannot be parsed, with its continuation lines.
type Item struct {
	Key   string // in lower case; empty if the line is not a property
	First string // the first line, with its line ending
	More  string // the continuation lines
	Line  int

	before string // blank lines and comments above
	offset int
	empty  bool // parsed without a value
}

// ValueRange returns the position of the value in First. An empty value is right after the
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

// Parse parses a file. Lenient applies to lines; section names are always parsed leniently.
func Parse(data []byte, credentials, lenient bool) *File {
	f := &File{lineEnd: "\n"}
	if i := bytes.IndexByte(data, '\n'); i > 0 && data[i-1] == '\r' {
		f.lineEnd = "\r\n"
	}
	s := scanner{text: string(data), line: 1}
	var current *Block
	end := 0 // end of the last line that is neither blank nor a comment
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

// endsNested reports whether the last property has no value, so that indented lines are nested
// settings.
func (b *Block) endsNested() bool {
	return b != nil && len(b.Items) > 0 && b.Items[len(b.Items)-1].empty
}

// extend makes everything after the start of the last item, up to the end of text, part of it.
func (b *Block) extend(text string) {
	if len(b.Items) == 0 {
		b.Header = text[b.offset:]
		return
	}
	last := b.Items[len(b.Items)-1]
	last.More = text[last.offset+len(last.First):]
}

// Bytes returns the content of the file.
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

// lineEndOf returns the line ending of the last line in text.
func lineEndOf(text string) string {
	return text[len(CutLineEnd(text)):]
}
