package configfile

import (
	"bytes"
	"slices"
)

// maxPasses is how many lookups go through the whole file. For more, such as a long chain
// of source profiles, an index costs less.
const maxPasses = 6

// headerIndex says where the section lines are.
type headerIndex struct {
	named   map[ID][]position
	damaged []position // lines that may be of any section
}

// positions returns where the section lines are, in ascending order, that may be those of
// the section.
func (s *Searcher) positions(id ID) []position {
	if s.index == nil {
		s.index = indexHeaders(s.Data, s.Credentials)
	}
	all := slices.Concat(s.index.named[id], s.index.damaged)
	slices.SortFunc(all, func(a, b position) int { return a.offset - b.offset })
	return all
}

func indexHeaders(data []byte, credentials bool) *headerIndex {
	index := &headerIndex{named: map[ID][]position{}}
	var at position
	for next := firstHeader(data); next < len(data); next = nextHeader(data, next) {
		at.lines += bytes.Count(data[at.offset:next], []byte("\n"))
		at.offset = next
		text, ok := headerText(data[next:])
		if !ok {
			index.damaged = append(index.damaged, at)
			continue
		}
		kind, name := Classify(text, credentials, true)
		switch kind {
		case Ignored:
			continue
		case PlainDefault:
			kind = Profile
		}
		id := ID{kind, name}
		index.named[id] = append(index.named[id], at)
	}
	return index
}
