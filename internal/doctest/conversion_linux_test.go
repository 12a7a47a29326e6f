package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

// TestConversions runs the conversions of other tools' config files on the files that the pages show.
func TestConversions(t *testing.T) {
	for _, test := range []struct {
		page, profile string
		converted     bool // or removed
	}{
		{"docs/from-aws-vault.md", "dev", true},
		{"docs/from-granted.md", "dev/Developer", true},
		{"docs/from-aws-sso-cli.md", "dev:Developer", false},
	} {
		t.Run(test.page, func(t *testing.T) {
			p := parse(t, test.page)
			home := t.TempDir()
			config := filepath.Join(home, ".aws", "config")
			before := blockWith(t, p, "credential_process")
			base := filetest.Read(t, filepath.Join("testdata", "config"))
			filetest.Write(t, config, withoutSections(base, before)+before)
			load := func() (*profile.Profile, error) {
				return profile.Load(test.profile, func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = config, os.DevNull })
			}
			if got, err := load(); err != nil || got.Origin().Session != nil {
				t.Fatalf("the page shows a file without a need to convert it: %v", err)
			}

			cmd := exec.CommandContext(t.Context(), "sh", "-c", commandWith(t, p, "sed"))
			cmd.Env = append(os.Environ(), "HOME="+home)
			if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("%v\n%s", err, out)
			}
			got, err := load()
			switch {
			case !test.converted && err == nil:
				t.Errorf("the profile is still there")
			case !test.converted:
			case err != nil:
				t.Error(err)
			case got.Origin().Session == nil || got.Origin().AccountID != "111122223333" || got.Origin().RoleName != "Developer":
				t.Errorf("the profile is %+v", got)
			}
			if filetest.Read(t, config+".bak") == filetest.Read(t, config) {
				t.Error("the file is unchanged")
			}
		})
	}
}

func blockWith(t *testing.T, p page, text string) string {
	t.Helper()
	for _, b := range p.blocksIn("ini") {
		if strings.Contains(b.text, text) {
			return b.text
		}
	}
	t.Fatalf("%s shows no config file with %s", p.name, text)
	return ""
}

func commandWith(t *testing.T, p page, program string) string {
	t.Helper()
	for _, c := range p.commands() {
		if strings.HasPrefix(c.text, program+" ") {
			return c.text
		}
	}
	t.Fatalf("%s does not run %s", p.name, program)
	return ""
}
