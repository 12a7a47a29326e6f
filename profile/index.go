package profile

import (
	"bytes"
	"slices"
)

// maxPasses is how many sections are looked for by a pass over the file each. A chain
// of source profiles that is longer than that is worth an index.
const maxPasses = 6

// headerIndex says where the section lines are.
type headerIndex struct {
	named   map[sectionID][]place
	damaged []place // lines that may be of any section
}

// places returns where the section lines are, in ascending order, that may be those
// of the section.
func (s *searched) places(id sectionID) []place {
	if s.index == nil {
		s.index = indexHeaders(s.Data, s.credentials)
	}
	places := slices.Concat(s.index.named[id], s.index.damaged)
	slices.SortFunc(places, func(a, b place) int { return a.offset - b.offset })
	return places
}

func indexHeaders(data []byte, credentials bool) *headerIndex {
	index := &headerIndex{named: map[sectionID][]place{}}
	var at place
	for next := firstHeader(data); next < len(data); next = nextHeader(data, next) {
		at.lines += bytes.Count(data[at.offset:next], []byte("\n"))
		at.offset = next
		text, ok := headerText(data[next:])
		if !ok {
			index.damaged = append(index.damaged, at)
			continue
		}
		kind, name := classify(text, credentials, true)
		switch kind {
		case ignoredSection:
			continue
		case plainDefault:
			kind = profileSection
		}
		id := sectionID{kind, name}
		index.named[id] = append(index.named[id], at)
	}
	return index
}

// headerText returns the text between the brackets of the section line that data
// starts with.
func headerText(data []byte) (text string, ok bool) {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bracketed(string(line), true)
}
