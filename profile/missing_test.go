package profile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

func TestNotFound(t *testing.T) {
	tests := []struct {
		name, config, credentials string
		want                      string
	}{
		{"nothing at all", "", "", `config: profile "dev one": there is no [profile 'dev one']`},
		{"UTF-16", "\xff\xfe[\x00p\x00", "", `config: profile "dev one": there is no [profile 'dev one']: the file is UTF-16; fix: save it as UTF-8`},
		{"others", "[default]\n[profile aaaa]", "[bbbb]", `config: profile "dev one": there is no [profile 'dev one'], only "default", "aaaa", "bbbb"`},
		{
			"many others", "[profile a]\n[profile b]\n[profile c]\n[profile d]\n[profile e]\n[profile f]\n[profile g]\n[profile a]", "",
			`config: profile "dev one": there is no [profile 'dev one'], only "a", "b", "c", "d", "e" and 2 more`,
		},
		{
			"close", "[profile dev-two]\n[profile dev-one]\n[profile devone]\n[profile DEV]", "[dev-one-more]",
			`config: profile "dev one": there is no [profile 'dev one']: did you mean "dev-one" or "devone"?`,
		},
		{"no quotes", "[profile dev one]", "", `config:1: profile "dev one": there is no [profile 'dev one']: only the Go SDK reads [profile dev one]; fix: choose a name of letters, digits and _-/.%@:+`},
		{"no prefix", "[default]\n[dev one]", "", `config:2: profile "dev one": there is no [profile 'dev one']; fix: change [dev one] to [profile 'dev one']`},
		{"no prefix twice", "[dev one]\n[profile dev one]", "", `config:1: profile "dev one": there is no [profile 'dev one']; fix: change [dev one] to [profile 'dev one']`},
		{"quotes in credentials", "", "[profile 'dev one']", `credentials:1: profile "dev one": there is no [profile 'dev one']; fix: move [profile 'dev one'] to the config file`},
		{"capital", "[Profile\t'dev one']", "", `config:1: profile "dev one": there is no [profile 'dev one']; fix: change [Profile	'dev one'] to [profile 'dev one']`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := profile.Load("dev one", files(t, tt.config, tt.credentials, nil))
			if got := describe(err); got != "profile: "+tt.want {
				t.Errorf("got\n%s\nwant\nprofile: %s", got, tt.want)
			}
			if !errors.Is(err, profile.ErrNotFound) {
				t.Error("not ErrNotFound")
			}
		})
	}
}

func TestNotFoundHints(t *testing.T) {
	tests := []struct {
		name, config, credentials string
		want                      string
	}{
		{"prefix in credentials", "", "[profile dev]", `profile: credentials:1: profile "dev": there is no [profile dev]; fix: change [profile dev] to [dev]`},
		{"starts alike", "[profile development]\n[profile prod]", "", `profile: config: profile "dev": there is no [profile dev]: did you mean "development"?`},
		{"damaged section line", "[prod", "[profile dev", `profile: config: profile "dev": there is no [profile dev]`},
		{"long names", "[profile " + strings.Repeat("x", 100_000) + "]\n[profile dv]", "", `profile: config: profile "dev": there is no [profile dev]: did you mean "dv"?`},
		{"closest first", "[profile deaa]\n[profile dea]\n[profile ev]\n[profile dew]", "", `profile: config: profile "dev": there is no [profile dev]: did you mean "dea" or "ev" or "dew"?`},
		{"other sections", "[plugins]\n[future dev]\n[default]", "[x y]", `profile: config: profile "dev": there is no [profile dev], only "default", "x y"`},
		{"session of that name", "[sso-session dev]", "", `profile: config: profile "dev": there is no [profile dev]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := profile.Load("dev", files(t, tt.config, tt.credentials, nil))
			if got := describe(err); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestNoFiles(t *testing.T) {
	home := t.TempDir()
	env := environment{"HOME": home}
	p, err := profile.Load("", env.use)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&profile.Profile{Name: "default"}, p, ignorePlace); diff != "" {
		t.Error(diff)
	}
	_, err = profile.Load("dev", env.use)
	want := `profile: config: profile "dev": there is no [profile dev]: no such file`
	if got := describe(err); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
