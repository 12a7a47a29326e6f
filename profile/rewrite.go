package profile

import (
	"slices"
	"strings"
)

// set writes one setting into one of the sections of a name.
func (e *editor) set(blocks []*block, s Setting) {
	key := strings.ToLower(s.Key)
	for _, b := range slices.Backward(blocks) {
		for _, it := range slices.Backward(b.items) {
			if it.key == key {
				it.set(s.Value)
				return
			}
		}
	}
	line := s.Key + " ="
	if s.Value != "" {
		line += " " + s.Value
	}
	b := blocks[len(blocks)-1]
	b.end(e.ending)
	b.items = append(b.items, &item{key: key, first: line + e.ending})
}

// set replaces the value, with all its lines, and keeps the rest of the first one
// as well as how the last one ends.
func (it *item) set(value string) {
	start, end := it.value(true)
	if it.more == "" && it.first[start:end] == value {
		return
	}
	if it.more != "" {
		it.first = cutEnding(it.first) + ending(it.more)
		it.more = ""
	}
	if start == end && value != "" {
		value = " " + value
	}
	it.first = it.first[:start] + value + it.first[end:]
}

// end makes sure that the last line of what the block says ends, so that another can
// follow.
func (b *block) end(ending string) {
	last := b.last()
	*last += missingEnding(*last, ending)
}

// last is where the last line that says something stands.
func (b *block) last() *string {
	if len(b.items) == 0 {
		return &b.header
	}
	it := b.items[len(b.items)-1]
	if it.more != "" {
		return &it.more
	}
	return &it.first
}

// missingEnding is what the last line of text lacks at its end.
func missingEnding(text, ending string) string {
	switch {
	case strings.HasSuffix(text, "\n"):
		return ""
	case strings.HasSuffix(text, "\r"):
		return "\n"
	}
	return ending
}

// removeKey removes every item of a key, and none for no key.
func (b *block) removeKey(key string) {
	kept := b.items[:0]
	var carried strings.Builder // blank lines and comments of what is removed
	for _, it := range b.items {
		if it.key == key && key != "" {
			carried.WriteString(it.before)
			continue
		}
		it.before = carried.String() + it.before
		carried.Reset()
		kept = append(kept, it)
	}
	b.items = kept
	b.tail = carried.String() + b.tail
}

// removeSection removes every section of a name; a [default] that would come to the
// fore goes with it.
func (e *editor) removeSection(id sectionID) {
	blocks := e.index[id]
	if id == (sectionID{profileSection, defaultName}) {
		blocks = append(blocks, e.plain...)
		e.plain = nil
	}
	for _, b := range blocks {
		b.gone = true
		b.tail = trimBlankLines(b.tail)
	}
	delete(e.index, id)
}

// trimBlankLines removes the blank lines that text starts with.
func trimBlankLines(text string) string {
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		if strings.Trim(line, " \t\r") != "" {
			break
		}
		text = rest
	}
	return text
}

// addSection adds an empty section at the end of the file, after a blank line.
func (e *editor) addSection(id sectionID) {
	if text := e.lastText(); text != "" {
		gap := missingEnding(text, e.ending)
		if line := text[strings.LastIndexByte(cutEnding(text), '\n')+1:]; strings.Trim(line, " \t\r\n") != "" {
			gap += e.ending
		}
		last := &e.start
		if len(e.blocks) > 0 {
			last = &e.blocks[len(e.blocks)-1].tail
		}
		*last += gap
	}
	b := &block{kind: id.kind, name: id.name, header: id.kind.header(id.name) + e.ending}
	e.blocks = append(e.blocks, b)
	e.index[id] = []*block{b}
}

// lastText returns a text that ends as the file does, empty if the file is.
func (e *editor) lastText() string {
	for _, b := range slices.Backward(e.blocks) {
		if b.tail != "" {
			return b.tail
		}
		if !b.gone {
			return *b.last()
		}
	}
	return strings.TrimPrefix(e.start, byteOrderMark)
}
