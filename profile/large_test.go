package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

const varied = configfile.ByteOrderMark + `# a comment
stray = 1
[profile plain]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader
services = mine
[profile chained]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = linked
FILLER
[profile linked]
role_arn = arn:aws:iam::111122223333:role/y
source_profile = plain
[profile lost]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = nobody
[profile sessionless]
sso_session = crop
[profile both]
region = from-config
[profile damaged]
region = here
no equals sign
[default]
region = plain
FILLER
[profile "with space"]
region = spaced
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
[services mine]
sso =
  endpoint_url = https://sso.example.com
[profile default]
region = prefixed
FILLER
[profile plain]
region = later
[profile unclosed
[profile last]
sso_session = corp`

// TestLoadFromLargeFiles checks that reading a part of a file gives the same profiles and
// errors as reading the whole file.
func TestLoadFromLargeFiles(t *testing.T) {
	var filler strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&filler, "[profile filler-%d]\nsso_session = corp\nregion = us-east-1\n\n", i)
	}
	for name, ending := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(strings.ReplaceAll(varied, "FILLER\n", filler.String()), "\n", ending)
			dir := t.TempDir()
			config := configfile.Source{Path: filepath.Join(dir, "config"), Data: []byte(text)}
			credentials := configfile.Source{Path: filepath.Join(dir, "credentials"), Data: []byte(strings.Repeat("#\n", 64<<10) + "[both]\nregion = from-credentials\n[bad]\nx\n")}
			for _, f := range []configfile.Source{config, credentials} {
				filetest.Write(t, f.Path, f.Data)
			}
			use := func(o *Options) {
				o.ConfigFile, o.CredentialsFile = config.Path, credentials.Path
				o.Getenv = func(string) string { return "" }
			}
			whole := func() *resolver {
				return &resolver{
					config:      configfile.Searcher{Source: config},
					credentials: configfile.Searcher{Source: credentials, Credentials: true},
					getenv:      func(string) string { return "" },
				}
			}
			for _, name := range []string{
				"plain", "chained", "linked", "lost", "sessionless", "both", "damaged", "default", "with space", "last",
				"filler-0", "filler-1499", "filler-15000", "bad", "unclosed", "nobody",
			} {
				want, wantErr := whole().load(name)
				got, err := Load(name, use)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				checkSameError(t, name, err, wantErr)
			}
			for _, name := range []string{"corp", "crop", "plain"} {
				_, want, wantErr := whole().loadSession(name)
				got, err := LoadSession(name, use)
				if err == nil {
					if diff := cmp.Diff(want, got.Session); diff != "" {
						t.Errorf("session %s: %s", name, diff)
					}
				}
				checkSameError(t, "session "+name, err, wantErr)
			}
		})
	}
}

func checkSameError(t *testing.T, name string, got error, want *Error) {
	t.Helper()
	e, _ := errors.AsType[*Error](got)
	if (e == nil) != (want == nil) {
		t.Errorf("%s: error is %v, want %v", name, got, want)
	} else if e != nil {
		if diff := cmp.Diff(*want, *e, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestLoadHoldsAWindow checks that Load does not read a large file into memory.
func TestLoadHoldsAWindow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	filetest.Write(t, path, largeConfig(20_000))
	r, err := newOptions([]func(*Options){func(o *Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull }}).open("team-19999")
	if err != nil {
		t.Fatal(err)
	}
	p, bad := r.load("team-19999")
	if bad != nil || p.Session == nil || len(r.config.Data) > 1000 {
		t.Errorf("%d bytes are held, profile is %+v, %v", len(r.config.Data), p, bad)
	}
}
