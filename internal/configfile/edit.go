package configfile

import (
	"slices"
	"strings"
)

// sections returns the blocks in effect for a section: [profile default] hides [default].
func (f *File) sections(id ID) []*Block {
	if f.index == nil {
		f.index = map[ID][]*Block{}
		for _, b := range f.Blocks {
			id := ID{b.Kind, b.Name}
			f.index[id] = append(f.index[id], b)
		}
		plain, prefixed := ID{PlainDefault, Default}, ID{Profile, Default}
		if len(f.index[prefixed]) > 0 {
			f.plain = f.index[plain]
		} else {
			f.index[prefixed] = f.index[plain]
		}
	}
	return f.index[id]
}

// Has reports whether the section exists.
func (f *File) Has(id ID) bool { return len(f.sections(id)) > 0 }

// Set sets a key, and adds the section if it does not exist. An existing key keeps its position
// and its comment; a new key goes at the end of the section. If a key or a section is
// duplicated, Set changes the value in effect.
func (f *File) Set(id ID, key, value string) {
	f.Add(id)
	blocks, lowerKey := f.sections(id), strings.ToLower(key)
	for _, b := range slices.Backward(blocks) {
		for _, it := range slices.Backward(b.Items) {
			if it.Key == lowerKey {
				it.set(value)
				return
			}
		}
	}
	line := key + " ="
	if value != "" {
		line += " " + value
	}
	b := blocks[len(blocks)-1]
	last := b.lastText()
	*last += missingLineEnd(*last, f.lineEnd)
	b.Items = append(b.Items, &Item{Key: lowerKey, First: line + f.lineEnd})
}

// set replaces a value and its continuation lines, and keeps the comment and the line ending.
func (it *Item) set(value string) {
	start, end := it.ValueRange(true)
	if it.More == "" && it.First[start:end] == value {
		return
	}
	if it.More != "" {
		it.First = CutLineEnd(it.First) + lineEndOf(it.More)
		it.More = ""
	}
	if start == end && value != "" {
		value = " " + value
	}
	it.First = it.First[:start] + value + it.First[end:]
}

// lastText returns the text that holds the last line that is neither blank nor a comment.
func (b *Block) lastText() *string {
	if len(b.Items) == 0 {
		return &b.Header
	}
	it := b.Items[len(b.Items)-1]
	if it.More != "" {
		return &it.More
	}
	return &it.First
}

// missingLineEnd returns what to append to text so that it ends its last line.
func missingLineEnd(text, lineEnd string) string {
	switch {
	case strings.HasSuffix(text, "\n"):
		return ""
	case strings.HasSuffix(text, "\r"):
		return "\n"
	}
	return lineEnd
}

// RemoveKey removes a key and its continuation lines. Comments above the key stay.
func (f *File) RemoveKey(id ID, key string) {
	if key == "" {
		return
	}
	for _, b := range f.sections(id) {
		b.removeKey(strings.ToLower(key))
	}
}

func (b *Block) removeKey(key string) {
	kept := b.Items[:0]
	var carried strings.Builder // blank lines and comments above removed items
	for _, it := range b.Items {
		if it.Key == key {
			carried.WriteString(it.before)
			continue
		}
		it.before = carried.String() + it.before
		carried.Reset()
		kept = append(kept, it)
	}
	b.Items = kept
	b.tail = carried.String() + b.tail
}

// RemoveSection removes a section and the blank lines after it, but keeps comments after its
// last setting. Removing [profile default] also removes the [default] it hides.
func (f *File) RemoveSection(id ID) {
	blocks := f.sections(id)
	if id == (ID{Profile, Default}) {
		blocks = append(blocks, f.plain...)
		f.plain = nil
	}
	for _, b := range blocks {
		b.removed = true
		b.tail = trimBlankLines(b.tail)
	}
	delete(f.index, id)
}

// trimBlankLines removes leading blank lines.
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

// Add appends an empty section after a blank line, unless the section exists.
func (f *File) Add(id ID) {
	if f.Has(id) {
		return
	}
	if text := f.lastText(); text != "" {
		gap := missingLineEnd(text, f.lineEnd)
		if line := text[strings.LastIndexByte(CutLineEnd(text), '\n')+1:]; strings.Trim(line, " \t\r\n") != "" {
			gap += f.lineEnd
		}
		last := &f.start
		if len(f.Blocks) > 0 {
			last = &f.Blocks[len(f.Blocks)-1].tail
		}
		*last += gap
	}
	b := &Block{Kind: id.Kind, Name: id.Name, Header: id.Kind.Header(id.Name) + f.lineEnd}
	f.Blocks = append(f.Blocks, b)
	f.index[id] = []*Block{b}
}

// lastText returns text that ends as the file does; empty if the file is empty.
func (f *File) lastText() string {
	for _, b := range slices.Backward(f.Blocks) {
		if b.tail != "" {
			return b.tail
		}
		if !b.removed {
			return *b.lastText()
		}
	}
	return strings.TrimPrefix(f.start, ByteOrderMark)
}
