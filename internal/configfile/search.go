package configfile

import "slices"

// Searcher finds sections by name. It scans the bytes, which is cheaper than parsing a large
// file, and never sees syntax errors in other sections.
type Searcher struct {
	Source
	Credentials bool // the file is a credentials file

	// Err is the error from reading the file.
	Err error

	// Later are more files of the same kind. Each overrides the files before it.
	Later []*Searcher

	// partOf is the profile that a large file was filtered for; nil if Data is complete.
	// gaps are the places in Data where lines were dropped.
	partOf *string
	gaps   []position

	passes int          // number of lookups that scanned the file
	index  *headerIndex // set after maxPasses
}

// FindProfile returns a profile's merged section from both files; nil if neither has it.
func FindProfile(config, credentials *Searcher, name string) (*Section, *SyntaxError) {
	s, err := config.Find(Profile, name)
	if err != nil {
		return nil, err
	}
	more, err := credentials.Find(Profile, name)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return more, nil
	case more != nil:
		s.Properties = append(s.Properties, more.Properties...)
	}
	return s, nil
}

// All returns s and the later files.
func (s *Searcher) All() []*Searcher { return append([]*Searcher{s}, s.Later...) }

// Find returns a section; nil if it does not exist. The error is about a line of the section.
func (s *Searcher) Find(kind Kind, name string) (*Section, *SyntaxError) {
	found := s.findHere(kind, name)
	for _, file := range s.Later {
		found.add(file.findHere(kind, name))
	}
	return found.result()
}

// findHere searches this file only.
func (s *Searcher) findHere(kind Kind, name string) *lookup {
	if kind == Profile && s.partOf != nil && *s.partOf != name {
		s.Complete()
	}
	l := &lookup{matcher: matcher{kind, name, s.Credentials}, file: s.Source, gaps: s.gaps}
	if s.passes == maxPasses {
		for _, at := range s.positions(ID{kind, name}) {
			l.counted, l.lines = at.offset, at.lines
			l.visit(at.offset, nextHeader(s.Data, at.offset))
		}
		return l
	}
	if s.partOf == nil {
		s.passes++
	}
	for at := firstHeader(s.Data); at < len(s.Data); {
		end := nextHeader(s.Data, at)
		l.visit(at, end)
		at = end
	}
	return l
}

// FirstFileKeys are the keys that the Go SDK reads only from the first file with the profile.
var FirstFileKeys = []string{"endpoint_url", "services", "ignore_configured_endpoint_urls", "aws_account_id", "sdk_ua_app_id"}

// merge adds the settings of a later file to s as the Go SDK does, the only tool that reads
// several files.
func (l *lookup) merge(s, later *Section) *Section {
	switch {
	case s == nil:
		return later
	case later == nil, l.kind == Services:
		return s
	}
	for _, p := range later.Properties {
		if !slices.Contains(FirstFileKeys, p.Key) {
			s.Properties = append(s.Properties, p)
		}
	}
	return s
}
