package profile

import "fmt"

// File is one shared config file, read.
type File struct {
	Path string // named in errors
	Data []byte
}

// Format prints the path, whatever the verb: the data may hold secrets.
func (f File) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "file %q", f.Path) }

// MarshalText returns the path, which makes it what JSON and slog show.
func (f File) MarshalText() ([]byte, error) { return []byte(f.Path), nil }

// Shared is what a config file and a credentials file say together.
type Shared struct {
	// Profiles, Sessions ([sso-session NAME]) and Services ([services NAME])
	// are in the order of the files, the config file first.
	Profiles, Sessions, Services []*Section
	// Damage is every line that breaks the grammar.
	Damage []*Error
}

// Format prints the sections, as those print, whatever the verb.
func (s Shared) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "profiles %v, sessions %v, services %v, damage %v", s.Profiles, s.Sessions, s.Services, s.Damage)
}

// Parse reads every section of both files. The error is the first Damage; the
// rest, passing over what is damaged, is there in any case.
//
// Sections and properties that no tool can use, because of a name with other
// characters than letters, digits and _-/.%@:+ or a prefix nobody knows, are
// left out and are not errors.
func Parse(config, credentials File) (*Shared, error) {
	return parse([]File{config}, []File{credentials}, false)
}

func parse(config, credentials []File, lenient bool) (*Shared, error) {
	p := parser{index: map[sectionID]*Section{}, lenient: lenient}
	for _, f := range config {
		p.read(f, false)
	}
	for _, f := range credentials {
		p.read(f, true)
	}
	if len(p.shared.Damage) > 0 {
		return &p.shared, p.shared.Damage[0]
	}
	return &p.shared, nil
}

// ReadAll finds and reads the files as Load does, and parses both in full, with the
// tolerance of Load: for indented lines, and for the names of sections that the AWS CLI
// reads.
// The result is nil only if a file named in the options cannot be read.
func ReadAll(optFns ...func(*Options)) (*Shared, error) {
	config, credentials, err := newOptions(optFns).files()
	if err != nil {
		return nil, err
	}
	return parse(config, credentials, true)
}

// Names returns the names of the profiles and of the sso-sessions, in the order
// of the files. With an error about a damaged line, the names are those of the
// rest of the files.
func Names(optFns ...func(*Options)) (profiles, sessions []string, err error) {
	shared, err := ReadAll(optFns...)
	if shared == nil {
		return nil, nil, err
	}
	return names(shared.Profiles), names(shared.Sessions), err
}

func names(sections []*Section) []string {
	all := make([]string, 0, len(sections))
	for _, s := range sections {
		all = append(all, s.Name)
	}
	return all
}

type sectionID struct {
	kind sectionKind
	name string
}

type parser struct {
	shared   Shared
	index    map[sectionID]*Section
	lenient  bool
	prefixed bool // [profile default] has been seen in the config file
}

func (p *parser) read(f File, credentials bool) {
	s := scanner{text: string(f.Data), line: 1, lenient: p.lenient}
	c := collector{file: f.Path}
	for tok, more := s.next(); more; tok, more = s.next() {
		switch tok.kind {
		case tokenSection:
			c.finish()
			kind, name := classify(tok.value, credentials, p.lenient)
			c.into = p.enter(kind, name, Section{Name: name, File: f.Path, Line: tok.line})
			if kind == profileSection && name == defaultName && !credentials {
				p.replaceDefault(c.into, tok.line)
			}
		case tokenBad:
			p.shared.Damage = append(p.shared.Damage, syntaxError(f.Path, tok))
		default:
			c.add(tok)
		}
	}
	c.finish()
}

// enter returns the section to collect into, nil for none. It is fresh if the
// name is new.
func (p *parser) enter(kind sectionKind, name string, fresh Section) *Section {
	switch {
	case kind == ignoredSection, kind == plainDefault && p.prefixed:
		return nil
	case kind == plainDefault:
		kind = profileSection
	}
	id := sectionID{kind, name}
	s := p.index[id]
	if s == nil {
		s = &fresh
		p.index[id] = s
		p.list(kind, s)
	}
	return s
}

// replaceDefault makes [profile default] take the place of [default], wherever
// the two stand in the config file.
func (p *parser) replaceDefault(s *Section, line int) {
	if !p.prefixed {
		p.prefixed = true
		s.Line, s.Properties = line, nil
	}
}

func (p *parser) list(kind sectionKind, s *Section) {
	switch kind {
	case sessionSection:
		p.shared.Sessions = append(p.shared.Sessions, s)
	case servicesSection:
		p.shared.Services = append(p.shared.Services, s)
	default:
		p.shared.Profiles = append(p.shared.Profiles, s)
	}
}
