package configfile

import "slices"

// Searcher finds sections of a file by name. A pass over the bytes costs less than a map of
// what a large file holds, and damage in other sections is never seen. Of a large file, a
// sectionFilter leaves only the sections that may be needed.
type Searcher struct {
	Source
	Credentials bool // it is a credentials file

	// Err says why the file could not be read, nil if it was.
	Err error

	// Later are files of the same kind. Their settings take precedence over those of this
	// one, and each over the ones before.
	Later []*Searcher

	// partOf is the profile that a large file has been filtered for, and gaps is where in
	// Data lines of it are left out. It is nil for a whole file.
	partOf *string
	gaps   []position

	passes int          // how many lookups have gone through the file
	index  *headerIndex // once that were many
}

// FindProfile returns the profile's section of both files together, nil if neither has one.
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

// All returns the file and the later ones.
func (s *Searcher) All() []*Searcher { return append([]*Searcher{s}, s.Later...) }

// Find returns the section of that kind and name, nil if there is none. The error is about
// a line of the section.
func (s *Searcher) Find(kind Kind, name string) (*Section, *SyntaxError) {
	found := s.findHere(kind, name)
	for _, file := range s.Later {
		found.add(file.findHere(kind, name))
	}
	return found.result()
}

// findHere searches this file alone.
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

// FirstFileKeys are the settings of a profile that the Go SDK reads only in the first file
// that has the profile.
var FirstFileKeys = []string{"endpoint_url", "services", "ignore_configured_endpoint_urls", "aws_account_id", "sdk_ua_app_id"}

// merge adds the settings of a section in a later file to those of an earlier file, as the
// Go SDK does, which is the only tool that reads several files.
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
