package configfile

import (
	"bytes"
	"slices"
)

// maxPasses is the number of lookups that scan the whole file. For more lookups, as in a long
// chain of source profiles, an index is cheaper.
const maxPasses = 6

// headerIndex maps sections to their lines.
type headerIndex struct {
	named   map[ID][]position
	invalid []position // section lines that cannot be parsed
}

// positions returns the section lines that may belong to the section, in file order.
func (s *Searcher) positions(id ID) []position {
	if s.index == nil {
		s.index = indexHeaders(s.Data, s.Credentials)
	}
	all := slices.Concat(s.index.named[id], s.index.invalid)
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
			index.invalid = append(index.invalid, at)
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
