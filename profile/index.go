package profile

import (
	"bytes"
	"slices"
)

// maxPasses is how many profiles are looked for by a pass over the file each. A chain
// of source profiles that is longer than that is worth an index.
const maxPasses = 6

// headerIndex says where the section lines of the profiles are.
type headerIndex struct {
	named   map[string][]int
	damaged []int // lines that may be of any profile
}

// profiles returns the offsets, in ascending order, of the section lines that may be
// those of the profile.
func (s *searched) profiles(name string) []int {
	if s.index == nil {
		s.index = indexHeaders(s.Data, s.credentials)
	}
	offsets := slices.Concat(s.index.named[name], s.index.damaged)
	slices.Sort(offsets)
	return offsets
}

func indexHeaders(data []byte, credentials bool) *headerIndex {
	index := &headerIndex{named: map[string][]int{}}
	for at := firstHeader(data); at < len(data); at = nextHeader(data, at) {
		text, ok := headerText(data[at:])
		if !ok {
			index.damaged = append(index.damaged, at)
			continue
		}
		switch kind, name := classify(text, credentials); kind {
		case profileSection, plainDefault:
			index.named[name] = append(index.named[name], at)
		}
	}
	return index
}

// headerText returns the text between the brackets of the section line that data
// starts with.
func headerText(data []byte) (text string, ok bool) {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bracketed(string(bytes.TrimSuffix(line, []byte("\r"))))
}
