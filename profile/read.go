package profile

import (
	"errors"
	"os"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// open reads the parts of the files that the named profile may need. An empty name means none.
func (o *Options) open(profile string) (*resolver, error) {
	r := newResolver(o)
	return r, o.read(&r.config, &r.credentials, func(s *configfile.Searcher) error { return s.ReadFor(profile) })
}

func (o *Options) openWhole() (*resolver, error) {
	r := newResolver(o)
	return r, o.read(&r.config, &r.credentials, (*configfile.Searcher).ReadAll)
}

// files reads the files completely.
func (o *Options) files() (config, credentials []configfile.Source, err error) {
	r, err := o.openWhole()
	return sources(&r.config), sources(&r.credentials), err
}

func sources(s *configfile.Searcher) []configfile.Source {
	var all []configfile.Source
	for _, file := range s.All() {
		all = append(all, file.Source)
	}
	return all
}

type readFunc func(*configfile.Searcher) error

func (o *Options) read(config, credentials *configfile.Searcher, read readFunc) error {
	if err := o.readFiles(config, o.configFile(), read); err != nil {
		return err
	}
	return o.readFiles(credentials, o.credentialsFile(), read)
}

// readFiles reads the file at l, or several files, into s and s.Later.
func (o *Options) readFiles(s *configfile.Searcher, l location, read readFunc) error {
	if l.paths == nil {
		return o.readFile(s, l, read)
	}
	failed := 0
	for i, path := range l.paths {
		file := s
		if i > 0 {
			file = &configfile.Searcher{Credentials: s.Credentials}
			s.Later = append(s.Later, file)
		}
		if o.readFile(file, location{explicit: path}, read) != nil {
			failed++
		}
	}
	if failed > 0 && failed == len(l.paths) {
		return unreadable(s)
	}
	return nil
}

// readFile reads one file. It sets s.Err, and returns an error only for an explicit path.
func (o *Options) readFile(s *configfile.Searcher, l location, read readFunc) error {
	s.Path, s.Err = o.path(l)
	if s.Err == nil && s.Path != os.DevNull {
		s.Err = read(s)
	}
	if l.explicit != "" && s.Err != nil {
		return unreadable(s)
	}
	return nil
}

func unreadable(s *configfile.Searcher) error {
	return &Error{File: s.Path, Reason: "cannot be read: " + cause(s.Err), Fix: fixUnreadable(s.Err), Err: s.Err}
}

func fixUnreadable(err error) string {
	if errors.Is(err, userhome.ErrUnknown) {
		return "set HOME"
	}
	return "check that it is a file that you may read"
}

// cause returns the text of err without the operation and the path.
func cause(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}
