package picker

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

// list holds the items, the query and the matches.
type list struct {
	entries []entry
	query   string
	matches []int // indexes of entries, best first
	cursor  int   // index in matches
}

// entry is an item prepared for display and search.
type entry struct {
	index        int // of the item
	name, detail string
	folded       string // name and detail in lower case
}

// newList puts the most recent items first.
func newList(items []Item, recent []string) *list {
	age := make(map[string]int, len(recent))
	for i, id := range recent {
		age[id] = i - len(recent)
	}
	l := &list{entries: make([]entry, len(items))}
	for i, item := range items {
		name, detail := textwidth.Printable(item.Name), textwidth.Printable(item.Detail)
		l.entries[i] = entry{i, name, detail, strings.ToLower(name + " " + detail)}
	}
	slices.SortStableFunc(l.entries, func(a, b entry) int {
		return age[items[a.index].ID] - age[items[b.index].ID]
	})
	l.search("")
	return l
}

// search keeps the items that contain every word of the query. Items whose name equals the
// query come first, then those whose name starts with it.
func (l *list) search(query string) {
	l.query, l.cursor = query, 0
	folded := strings.TrimSpace(strings.ToLower(query))
	words := strings.Fields(folded)
	var ranked [3][]int
	for i, e := range l.entries {
		if !containsAll(e.folded, words) {
			continue
		}
		rank := 2
		switch name := strings.ToLower(e.name); {
		case folded == "":
		case name == folded:
			rank = 0
		case strings.HasPrefix(name, folded):
			rank = 1
		}
		ranked[rank] = append(ranked[rank], i)
	}
	l.matches = slices.Concat(ranked[:]...)
}

func containsAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// chosen returns the index of the item under the cursor.
func (l *list) chosen() (index int, ok bool) {
	if len(l.matches) == 0 {
		return 0, false
	}
	return l.entries[l.matches[l.cursor]].index, true
}

// name returns the displayed name of an item.
func (l *list) name(index int) string {
	i := slices.IndexFunc(l.entries, func(e entry) bool { return e.index == index })
	return l.entries[i].name
}

// press handles a key that edits the query or moves the cursor.
func (l *list) press(k key) {
	switch k.kind {
	case keyUp:
		l.move(-1)
	case keyDown:
		l.move(1)
	case keyPageUp:
		l.move(-maxShown)
	case keyPageDown:
		l.move(maxShown)
	case keyRune, keyBackspace, keyClearWord, keyClearLine:
		l.search(edit(l.query, k))
	}
}

// edit returns the text after a key that edits it.
func edit(text string, k key) string {
	switch k.kind {
	case keyRune:
		if unicode.IsPrint(k.r) {
			return text + string(k.r)
		}
	case keyBackspace:
		_, n := utf8.DecodeLastRuneInString(text)
		return text[:len(text)-n]
	case keyClearWord:
		trimmed := strings.TrimRight(text, " ")
		return trimmed[:strings.LastIndexByte(trimmed, ' ')+1]
	case keyClearLine:
		return ""
	}
	return text
}

func (l *list) move(by int) {
	l.cursor = max(min(l.cursor+by, len(l.matches)-1), 0)
}
