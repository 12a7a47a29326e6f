package profile

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Options choose the files that [Load] and the other functions read. The zero value finds them
// as AWS tools do.
type Options struct {
	// ConfigFile and CredentialsFile are paths. Empty means AWS_CONFIG_FILE and
	// AWS_SHARED_CREDENTIALS_FILE, or else .aws/config and .aws/credentials in the home
	// directory. Those default files may be unreadable; a file named here may not. A leading
	// ~ means the home directory in all of them.
	ConfigFile, CredentialsFile string
	// ConfigFiles and CredentialsFiles replace ConfigFile and CredentialsFile if not nil.
	// They work like config.WithSharedConfigFiles in the Go SDK: later files override earlier
	// ones, except that services sections and endpoint_url, services,
	// ignore_configured_endpoint_urls and sdk_ua_app_id come from the first file with the
	// section. Unreadable files are skipped, unless all of them are.
	ConfigFiles, CredentialsFiles []string
	// Getenv reads the environment; nil means os.Getenv.
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

// Name returns the name of the selected profile: AWS_PROFILE, or else AWS_DEFAULT_PROFILE, or
// else "default". Empty variables are ignored. A nil getenv means os.Getenv.
func Name(getenv func(string) string) string {
	if getenv == nil {
		getenv = os.Getenv
	}
	return cmp.Or(getenv("AWS_PROFILE"), getenv("AWS_DEFAULT_PROFILE"), configfile.Default)
}

// ConfigPath returns the path of the config file to [Edit], which need not exist. With
// ConfigFiles, it is the last one. ConfigPath fails only if there is no home directory.
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

// CredentialsPath returns the path of the credentials file, which need not exist. It fails only
// if there is no home directory.
func CredentialsPath(optFns ...func(*Options)) (string, error) {
	o := newOptions(optFns)
	path, err := o.path(o.credentialsFile())
	if err != nil {
		return "", fmt.Errorf("profile: find credentials file: %w", err)
	}
	return path, nil
}

type location struct {
	explicit string   // a path set by the caller; may be empty
	paths    []string // replaces the rest if not nil
	variable string   // environment variable with a path
	name     string   // in .aws
}

func (o *Options) configFile() location {
	return location{o.ConfigFile, o.ConfigFiles, "AWS_CONFIG_FILE", "config"}
}

func (o *Options) credentialsFile() location {
	return location{o.CredentialsFile, o.CredentialsFiles, "AWS_SHARED_CREDENTIALS_FILE", "credentials"}
}

// path returns the path of a file. With an error, the path is relative, for messages.
func (o *Options) path(l location) (string, error) {
	if path := userhome.Expand(cmp.Or(l.explicit, o.Getenv(l.variable)), o.Getenv); path != "" {
		return path, nil
	}
	home, err := userhome.Dir(o.Getenv)
	return filepath.Join(home, ".aws", l.name), err
}
