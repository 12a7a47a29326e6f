package profile

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Options say which files Load and the other functions read. The zero value is what every
// AWS tool does.
type Options struct {
	// ConfigFile and CredentialsFile are paths. Empty means AWS_CONFIG_FILE and
	// AWS_SHARED_CREDENTIALS_FILE, then .aws/config and .aws/credentials in the home
	// directory; those count as empty files if they cannot be read. A file named here
	// that cannot be read is an error. A leading ~ is the home directory in all of them.
	ConfigFile, CredentialsFile string
	// ConfigFiles and CredentialsFiles, unless nil, replace ConfigFile and
	// CredentialsFile: any number of files, as for config.WithSharedConfigFiles of the Go
	// SDK. A setting takes precedence over that of an earlier file; but of a services
	// section, and of endpoint_url, services, ignore_configured_endpoint_urls and
	// sdk_ua_app_id, the first file that has the section counts. A file that cannot be
	// read is skipped, unless none of them can.
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

// Name returns the name of the profile that the environment selects: AWS_PROFILE, else
// AWS_DEFAULT_PROFILE, else "default". A variable that is set and empty does not count. A
// nil getenv means os.Getenv.
func Name(getenv func(string) string) string {
	if getenv == nil {
		getenv = os.Getenv
	}
	return cmp.Or(getenv("AWS_PROFILE"), getenv("AWS_DEFAULT_PROFILE"), configfile.Default)
}

// ConfigPath returns the path of the config file that Load reads, which need not exist:
// the one to [Edit]. Of several files it is the last. The error says that there is no home
// directory.
func ConfigPath(optFns ...func(*Options)) (string, error) {
	o := newOptions(optFns)
	if n := len(o.ConfigFiles); n > 0 {
		return userhome.Expand(o.ConfigFiles[n-1], o.Getenv), nil
	}
	path, err := o.path(o.configFile())
	if err != nil {
		return "", fmt.Errorf("profile: find config file: %w", err)
	}
	return path, nil
}

// CredentialsPath returns the path of the credentials file that Load reads, which need not
// exist. The error says that there is no home directory.
func CredentialsPath(optFns ...func(*Options)) (string, error) {
	o := newOptions(optFns)
	path, err := o.path(o.credentialsFile())
	if err != nil {
		return "", fmt.Errorf("profile: find credentials file: %w", err)
	}
	return path, nil
}

// location says where to find a file.
type location struct {
	explicit string   // a path from the program; empty for none
	several  []string // unless nil, replaces the rest
	variable string   // an environment variable that holds a path
	name     string   // in .aws
}

func (o *Options) configFile() location {
	return location{o.ConfigFile, o.ConfigFiles, "AWS_CONFIG_FILE", "config"}
}

func (o *Options) credentialsFile() location {
	return location{o.CredentialsFile, o.CredentialsFiles, "AWS_SHARED_CREDENTIALS_FILE", "credentials"}
}

// path returns where one file is. With an error it is a relative path, for messages.
func (o *Options) path(l location) (string, error) {
	if path := userhome.Expand(cmp.Or(l.explicit, o.Getenv(l.variable)), o.Getenv); path != "" {
		return path, nil
	}
	home, err := userhome.Dir(o.Getenv)
	return filepath.Join(home, ".aws", l.name), err
}
