package configfile

// Sections is the merged content of config and credentials files.
type Sections struct {
	// Profiles, Sessions ([sso-session NAME]) and Services ([services NAME]) are in file
	// order, the config files first.
	Profiles, Sessions, Services []*Section
	// SyntaxErrors has one entry for each line that cannot be parsed.
	SyntaxErrors []*SyntaxError
}

// ReadSections reads every section. It skips unknown prefixes, and names that contain anything
// but letters, digits and _-/.%@:+.
func ReadSections(config, credentials []Source, lenient bool) *Sections {
	r := sectionReader{index: map[ID]*Section{}, lenient: lenient}
	for _, f := range config {
		r.read(f, false)
	}
	for _, f := range credentials {
		r.read(f, true)
	}
	return &r.all
}

type sectionReader struct {
	all      Sections
	index    map[ID]*Section
	lenient  bool
	prefixed bool // [profile default] has been seen in the config file
}

func (r *sectionReader) read(f Source, credentials bool) {
	s := scanner{text: string(f.Data), line: 1, lenient: r.lenient}
	c := collector{file: f.Path}
	for tok, more := s.next(); more; tok, more = s.next() {
		switch tok.kind {
		case tokenSection:
			c.finish()
			kind, name := Classify(tok.value, credentials, r.lenient)
			c.into = r.enter(kind, name, Section{Name: name, File: f.Path, Line: tok.line})
			if kind == Profile && name == Default && !credentials {
				r.replaceDefault(c.into, tok.line)
			}
		case tokenBad:
			r.all.SyntaxErrors = append(r.all.SyntaxErrors, s.syntaxError(f.Path, tok))
		default:
			c.add(tok)
		}
	}
	c.finish()
}

// enter returns the section to add to: fresh if it is new, or nil to skip it.
func (r *sectionReader) enter(kind Kind, name string, fresh Section) *Section {
	switch {
	case kind == Ignored, kind == PlainDefault && r.prefixed:
		return nil
	case kind == PlainDefault:
		kind = Profile
	}
	id := ID{kind, name}
	s := r.index[id]
	if s == nil {
		s = &fresh
		r.index[id] = s
		r.list(kind, s)
	}
	return s
}

// replaceDefault makes [profile default] hide an earlier [default].
func (r *sectionReader) replaceDefault(s *Section, line int) {
	if !r.prefixed {
		r.prefixed = true
		s.Line, s.Properties = line, nil
	}
}

func (r *sectionReader) list(kind Kind, s *Section) {
	switch kind {
	case Session:
		r.all.Sessions = append(r.all.Sessions, s)
	case Services:
		r.all.Services = append(r.all.Services, s)
	default:
		r.all.Profiles = append(r.all.Profiles, s)
	}
}
