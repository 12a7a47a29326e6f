package profile

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Options say where Load and the other functions look. The zero value is what
// every AWS tool does.
type Options struct {
	// ConfigFile and CredentialsFile are paths. Empty means AWS_CONFIG_FILE and
	// AWS_SHARED_CREDENTIALS_FILE, then .aws/config and .aws/credentials in the
	// home directory; those count as empty when they cannot be read, while a
	// file named here that cannot be read is an error. A leading ~ stands for the
	// home directory in all of them.
	ConfigFile, CredentialsFile string
	// ConfigFiles and CredentialsFiles, unless nil, take the place of ConfigFile and
	// CredentialsFile: any number of files, as for config.WithSharedConfigFiles of the Go
	// SDK. A setting counts before that of an earlier file; of a services section, and of
	// endpoint_url, services, ignore_configured_endpoint_urls and sdk_ua_app_id, the
	// first file that has the section counts. A file that cannot be read is passed
	// over, unless none of them can.
	ConfigFiles, CredentialsFiles []string
	// Getenv replaces os.Getenv, which nil means.
	Getenv func(string) string
}

func newOptions(optFns []func(*Options)) *Options {
	var o Options
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	return &o
}

// Name returns the name of the profile that the environment selects:
// AWS_PROFILE, else AWS_DEFAULT_PROFILE, else "default". A variable that is set
// and empty does not count. A nil getenv means os.Getenv.
func Name(getenv func(string) string) string {
	if getenv == nil {
		getenv = os.Getenv
	}
	return cmp.Or(getenv("AWS_PROFILE"), getenv("AWS_DEFAULT_PROFILE"), defaultName)
}

// ConfigPath returns the path of the config file that Load reads, which need not
// exist: the one to [Edit]. Of several it is the last. The error is that there is no home
// directory.
func ConfigPath(optFns ...func(*Options)) (string, error) {
	o := newOptions(optFns)
	if n := len(o.ConfigFiles); n > 0 {
		return userhome.Expand(o.ConfigFiles[n-1], o.Getenv), nil
	}
	path, err := o.path(o.ConfigFile, "AWS_CONFIG_FILE", "config")
	if err != nil {
		return "", fmt.Errorf("profile: find config file: %w", err)
	}
	return path, nil
}

// path returns where one of the two files is, and an error if that is beyond
// finding out.
func (o *Options) path(explicit, variable, name string) (string, error) {
	if path := userhome.Expand(cmp.Or(explicit, o.Getenv(variable)), o.Getenv); path != "" {
		return path, nil
	}
	return o.defaultPath(name)
}

// open finds the files and reads what the profile of that name may need; an empty
// name is that of no profile.
func (o *Options) open(profile string) (*resolver, error) {
	sift := func(s *searched) error { return s.sift(profile) }
	r := &resolver{getenv: o.Getenv, credentials: searched{credentials: true}}
	return r, o.read(&r.config, &r.credentials, sift)
}

// files finds the files and reads all of them.
func (o *Options) files() (config, credentials []File, err error) {
	c, d := &searched{}, &searched{}
	err = o.read(c, d, (*searched).readAll)
	for _, s := range c.all() {
		config = append(config, s.File)
	}
	for _, s := range d.all() {
		credentials = append(credentials, s.File)
	}
	return config, credentials, err
}

func (o *Options) read(config, credentials *searched, read func(*searched) error) error {
	if err := o.readSort(config, o.ConfigFiles, o.ConfigFile, "AWS_CONFIG_FILE", "config", read); err != nil {
		return err
	}
	return o.readSort(credentials, o.CredentialsFiles, o.CredentialsFile, "AWS_SHARED_CREDENTIALS_FILE", "credentials", read)
}

// readSort reads the files of one sort: those named, if it is not nil, or the one.
func (o *Options) readSort(s *searched, named []string, explicit, variable, name string, read func(*searched) error) error {
	if named != nil {
		return o.readSeveral(s, named, read)
	}
	return o.readOne(s, explicit, variable, name, read)
}

// readSeveral reads files into s and behind it. They count as the Go SDK merges them.
func (o *Options) readSeveral(s *searched, paths []string, read func(*searched) error) error {
	unread := 0
	for i, path := range paths {
		file := s
		if i > 0 {
			file = &searched{credentials: s.credentials}
			s.later = append(s.later, file)
		}
		if o.readOne(file, path, "", "", read) != nil {
			unread++
		}
	}
	if unread > 0 && unread == len(paths) {
		return s.unreadable()
	}
	return nil
}

func (o *Options) readOne(s *searched, explicit, variable, name string, read func(*searched) error) error {
	s.Path, s.unread = o.path(explicit, variable, name)
	if s.unread == nil && s.Path != os.DevNull {
		s.unread = read(s)
	}
	if explicit != "" && s.unread != nil {
		return s.unreadable()
	}
	return nil
}

func (s *searched) unreadable() error {
	return &Error{File: s.Path, Reason: "cannot be read: " + cause(s.unread), Fix: fixUnreadable(s.unread), Err: s.unread}
}

func (o *Options) defaultPath(name string) (string, error) {
	path := filepath.Join(".aws", name)
	home, err := userhome.Dir(o.Getenv)
	return filepath.Join(home, path), err
}

// fixUnreadable says what to do about a file that cannot be read for that reason.
func fixUnreadable(err error) string {
	if errors.Is(err, userhome.ErrUnknown) {
		return "set HOME"
	}
	return "check that it is a file you may read"
}

// cause returns the text of an error without the operation and the path.
func cause(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// CredentialsPath returns the path of the credentials file that Load reads, which
// need not exist. The error is that there is no home directory.
func CredentialsPath(optFns ...func(*Options)) (string, error) {
	o := newOptions(optFns)
	path, err := o.path(o.CredentialsFile, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
	if err != nil {
		return "", fmt.Errorf("profile: find credentials file: %w", err)
	}
	return path, nil
}
