package configfile

// Sections is what config files and credentials files say together.
type Sections struct {
	// Profiles, Sessions ([sso-session NAME]) and Services ([services NAME]) are in the
	// order of the files, the config files first.
	Profiles, Sessions, Services []*Section
	// Damage is every line that breaks the grammar.
	Damage []*SyntaxError
}

// ReadSections reads every section. Sections and properties that no tool can use, because
// of a name with other characters than letters, digits and _-/.%@:+ or an unknown prefix,
// are left out and are not errors.
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
			r.all.Damage = append(r.all.Damage, s.syntaxError(f.Path, tok))
		default:
			c.add(tok)
		}
	}
	c.finish()
}

// enter returns the section to collect into, nil for none. It is fresh if the name is new.
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

// replaceDefault makes [profile default] replace [default], wherever the two stand in the
// config file.
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
