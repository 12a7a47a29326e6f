package profile

import (
	"cmp"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
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

// Home returns the home directory that AWS tools mean: HOME; on Windows then
// USERPROFILE, then HOMEDRIVE with HOMEPATH; and last what the system knows of
// the user. A nil getenv means os.Getenv. The error is that of the system.
func Home(getenv func(string) string) (string, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	return homeOn(runtime.GOOS, getenv, systemHome)
}

func homeOn(goos string, getenv func(string) string, system func() (string, error)) (string, error) {
	if home := getenv("HOME"); home != "" {
		return home, nil
	}
	if goos == "windows" {
		if home := cmp.Or(getenv("USERPROFILE"), getenv("HOMEDRIVE")+getenv("HOMEPATH")); home != "" {
			return home, nil
		}
	}
	return system()
}

func systemHome() (string, error) {
	u, err := user.Current()
	switch {
	case err != nil:
		return "", err
	case u.HomeDir == "":
		return "", errors.New("profile: find home directory: the user has none")
	}
	return u.HomeDir, nil
}

// expandHome replaces a leading ~ that is a path component of its own, and
// leaves the path alone if there is no home directory.
func expandHome(path string, home func() (string, error)) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	dir, err := home()
	if err != nil {
		return path
	}
	return filepath.Join(dir, rest)
}

// source is a file that was looked for.
type source struct {
	File
	err error // why it could not be read
}

// ConfigPath returns the path of the config file that Load reads, which need not
// exist: the one to [Edit]. The error is that there is no home directory.
func ConfigPath(optFns ...func(*Options)) (string, error) {
	o := newOptions(optFns)
	path, err := o.path(o.ConfigFile, "AWS_CONFIG_FILE", "config")
	if err != nil {
		return "", err
	}
	return path, nil
}

// path returns where one of the two files is, and an error if that is beyond
// finding out.
func (o *Options) path(explicit, variable, name string) (string, error) {
	if path := expandHome(cmp.Or(explicit, o.Getenv(variable)), o.home); path != "" {
		return path, nil
	}
	return o.defaultPath(name)
}

// locate finds and reads one of the two files.
func (o *Options) locate(explicit, variable, name string) (source, error) {
	path, err := o.path(explicit, variable, name)
	var data []byte
	if err == nil {
		data, err = readRegular(path)
	}
	if explicit != "" && err != nil {
		return source{}, &Error{File: path, Reason: "cannot be read: " + cause(err), Err: err}
	}
	return source{File: File{Path: path, Data: data}, err: err}, nil
}

func (o *Options) home() (string, error) { return Home(o.Getenv) }

func (o *Options) defaultPath(name string) (string, error) {
	path := filepath.Join(".aws", name)
	home, err := o.home()
	return filepath.Join(home, path), err
}

// readRegular reads a regular file. It opens nothing else, since a pipe in its
// place would block for ever.
func readRegular(path string) ([]byte, error) {
	if path == os.DevNull {
		return nil, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	return os.ReadFile(path) //nolint:gosec // G304: the path is the user's own choice
}

// cause returns the text of an error without the operation and the path.
func cause(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}
