package profile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

func TestName(t *testing.T) {
	tests := []struct {
		name string
		env  environment
		want string
	}{
		{"nothing", nil, "default"},
		{"AWS_PROFILE", environment{"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}, "a"},
		{"AWS_DEFAULT_PROFILE", environment{"AWS_DEFAULT_PROFILE": "b"}, "b"},
		{"empty AWS_PROFILE", environment{"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "b"}, "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := profile.Name(func(name string) string { return tt.env[name] }); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNilGetenv(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_PROFILE", "p")
	t.Setenv("AWS_CONFIG_FILE", "")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "")
	filetest.Write(t, filepath.Join(home, ".aws", "config"), "[profile p]\nregion = r\n")
	if got := profile.Name(nil); got != "p" {
		t.Errorf("name is %q", got)
	}
	if p, err := profile.Load(""); err != nil || p.Name != "p" || p.Region != "r" {
		t.Errorf("profile is %+v, %v", p, err)
	}
}

func TestFileLocations(t *testing.T) {
	home, other := t.TempDir(), t.TempDir()
	filetest.Write(t, filepath.Join(home, ".aws", "config"), "[profile p]\nregion = default-config\n")
	filetest.Write(t, filepath.Join(home, ".aws", "credentials"), "[c]\nregion = default-credentials\n")
	filetest.Write(t, filepath.Join(home, "my", "config"), "[profile p]\nregion = tilde-config\n")
	filetest.Write(t, filepath.Join(home, "my", "credentials"), "[c]\nregion = tilde-credentials\n")
	filetest.Write(t, filepath.Join(other, "config"), "[profile p]\nregion = other-config\n")
	filetest.Write(t, filepath.Join(other, "credentials"), "[c]\nregion = other-credentials\n")

	tests := []struct {
		name        string
		env         environment
		options     profile.Options
		config      string // region of profile p
		credentials string // region of profile c
	}{
		{"default", nil, profile.Options{}, "default-config", "default-credentials"},
		{
			"environment", environment{
				"AWS_CONFIG_FILE":             filepath.Join(other, "config"),
				"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(other, "credentials"),
			}, profile.Options{}, "other-config", "other-credentials",
		},
		{"one of the environment", environment{"AWS_CONFIG_FILE": filepath.Join(other, "config")}, profile.Options{}, "other-config", "default-credentials"},
		{
			"tilde",
			environment{"AWS_CONFIG_FILE": "~/my/config", "AWS_SHARED_CREDENTIALS_FILE": "~/my/credentials"},
			profile.Options{},
			"tilde-config", "tilde-credentials",
		},
		{"tilde of another user", environment{"AWS_CONFIG_FILE": "~my/config"}, profile.Options{}, "", "default-credentials"},
		{"tilde inside", environment{"AWS_CONFIG_FILE": filepath.Join(home, "~", "config")}, profile.Options{}, "", "default-credentials"},
		{
			"options win",
			environment{"AWS_CONFIG_FILE": filepath.Join(other, "config"), "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"},
			profile.Options{ConfigFile: "~/my/config", CredentialsFile: filepath.Join(home, "my", "credentials")},
			"tilde-config", "tilde-credentials",
		},
		{"missing", environment{"AWS_CONFIG_FILE": filepath.Join(other, "nowhere")}, profile.Options{}, "", "default-credentials"},
		{"device", environment{"AWS_CONFIG_FILE": os.DevNull}, profile.Options{}, "", "default-credentials"},
		{"device in options", nil, profile.Options{ConfigFile: os.DevNull, CredentialsFile: os.DevNull}, "", ""},
		{"directory", environment{"AWS_CONFIG_FILE": other}, profile.Options{}, "", "default-credentials"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := environment{"HOME": home}
			for k, v := range tt.env {
				env[k] = v
			}
			region := func(name string) string {
				p, err := profile.Load(name, env.use, func(o *profile.Options) {
					o.ConfigFile, o.CredentialsFile = tt.options.ConfigFile, tt.options.CredentialsFile
				})
				if errors.Is(err, profile.ErrNotFound) {
					return ""
				}
				if err != nil {
					t.Fatal(err)
				}
				return p.Region
			}
			if got := region("p"); got != tt.config {
				t.Errorf("config is %q, want %q", got, tt.config)
			}
			if got := region("c"); got != tt.credentials {
				t.Errorf("credentials is %q, want %q", got, tt.credentials)
			}
		})
	}
}

// cannotRead is the error for a missing file, in the words of the system.
func cannotRead(missing string) string {
	_, err := os.Open(missing)
	return "profile: " + missing + ": cannot be read: " + errors.Unwrap(err).Error()
}

func TestExplicitFileMustBeReadable(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	notExist := cannotRead(missing)
	tests := []struct {
		name, want string
		options    profile.Options
		notExist   bool
	}{
		{"config", notExist, profile.Options{ConfigFile: missing}, true},
		{"credentials", notExist, profile.Options{CredentialsFile: missing}, true},
		{"directory", "profile: " + dir + ": cannot be read: it is a directory", profile.Options{ConfigFile: dir}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := func(o *profile.Options) {
				*o = tt.options
				o.Getenv = func(string) string { return dir }
			}
			_, err := profile.Load("default", set)
			if err == nil || err.Error() != tt.want {
				t.Errorf("Load: error is %v, want %s", err, tt.want)
			}
			if errors.Is(err, fs.ErrNotExist) != tt.notExist || errors.Is(err, profile.ErrNotFound) {
				t.Errorf("error is of the wrong kind: %v", err)
			}
			if _, err := profile.LoadSession("s", set); err == nil || err.Error() != tt.want {
				t.Errorf("LoadSession: error is %v, want %s", err, tt.want)
			}
			if _, _, err := profile.Names(set); err == nil || err.Error() != tt.want {
				t.Errorf("Names: error is %v, want %s", err, tt.want)
			}
		})
	}
}

func TestSymlinkIsFollowed(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	home := t.TempDir()
	filetest.Write(t, filepath.Join(home, "dotfiles", "aws"), "[profile p]\nregion = r\n")
	if err := os.Symlink("dotfiles", filepath.Join(home, "link")); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Load("p", environment{"HOME": home, "AWS_CONFIG_FILE": "~/link/aws"}.use)
	if err != nil || p.Region != "r" {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestConfigPath(t *testing.T) {
	home := t.TempDir()
	tests := []struct {
		name string
		env  environment
		file string
		want string
	}{
		{"default", environment{"HOME": home}, "", filepath.Join(home, ".aws", "config")},
		{"environment", environment{"HOME": home, "AWS_CONFIG_FILE": "~/mine"}, "", filepath.Join(home, "mine")},
		{"options", environment{"HOME": home, "AWS_CONFIG_FILE": "x"}, "~/yours", filepath.Join(home, "yours")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := profile.ConfigPath(tt.env.use, func(o *profile.Options) { o.ConfigFile = tt.file })
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	filetest.Write(t, path("a"), "[default]\nregion = a\n[profile p]\nregion = a\nsso_session = s\nservices = v\n[services v]\nsso =\n  endpoint_url = http://a\n")
	filetest.Write(t, path("b"), "[profile default]\nregion = b\n[profile p]\nregion = b\nservices = none\n[services v]\nsso =\n  endpoint_url = http://b\n")
	filetest.Write(t, path("s"), "[sso-session s]\nsso_start_url = u\nsso_region = r\n")
	use := func(names ...string) func(*profile.Options) {
		return func(o *profile.Options) {
			o.ConfigFile, o.CredentialsFile = "/nowhere", "/nowhere" // count for nothing
			o.ConfigFiles, o.CredentialsFiles = []string{}, []string{}
			for _, name := range names {
				o.ConfigFiles = append(o.ConfigFiles, path(name))
			}
			environment{"HOME": dir}.use(o)
		}
	}
	p, err := profile.Load("p", use("a", "missing", "b", "s"))
	want := &profile.Profile{
		Name: "p", Region: "b", Session: &profile.Session{Name: "s", StartURL: "u", Region: "r"},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: "http://a"}},
	}
	if diff := cmp.Diff(want, p, ignorePlace); diff != "" || err != nil {
		t.Errorf("%s, %v", diff, err)
	}
	for _, names := range [][]string{{"a", "b"}, {"b", "a"}} {
		if p, err := profile.Load("default", use(names...)); err != nil || p.Region != "b" {
			t.Errorf("default of %q is %+v, %v; want the one with a prefix", names, p, err)
		}
	}
	if p, err := profile.Load("default", use()); err != nil || p.Region != "" {
		t.Errorf("default of no files is %+v, %v", p, err)
	}
	if _, err := profile.Load("p", use("b")); err == nil || err.Error() != "profile: "+path("b")+`:5: profile "p": services is "none", but there is no [services none], only "v"` {
		t.Errorf("error is %v", err)
	}
	if _, err := profile.Load("q", use()); !errors.Is(err, profile.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if _, err := profile.Load("p", use("missing", "gone")); !errors.Is(err, fs.ErrNotExist) || err.Error() != cannotRead(path("missing")) {
		t.Errorf("error is %v", err)
	}
	profiles, sessions, err := profile.Names(use("a", "missing", "s"))
	if err != nil || !slices.Equal(profiles, []string{"default", "p"}) || !slices.Equal(sessions, []string{"s"}) {
		t.Errorf("names are %q and %q, %v", profiles, sessions, err)
	}
	if findings, err := profile.Lint(use("a", "s")); err != nil || len(findings) != 0 {
		t.Errorf("lint finds %v, %v", findings, err)
	}
	if config, err := profile.ConfigPath(use("a", "b")); err != nil || config != path("b") {
		t.Errorf("the file to edit is %s, %v", config, err)
	}
}
