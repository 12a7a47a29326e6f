package doctest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

// shellLangs are the languages of blocks of commands. In a console block, commands follow "$ ", and the rest is
// their output.
var shellLangs = []string{"sh", "console"}

// checkedLangs are the languages of all other blocks that a test here checks.
var checkedLangs = []string{"go", "ini", "json", "yaml"}

// uncheckedLangs are the languages of blocks that nothing checks.
var uncheckedLangs = map[string]string{
	"text": "diagrams and file lists",
	"js":   "fragments for readers who know the JavaScript SDK; interop runs that SDK",
}

// TestLanguages checks that a test here knows the language of each block, so that none goes unchecked.
func TestLanguages(t *testing.T) {
	used := map[string]bool{}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			used[b.lang] = true
			if uncheckedLangs[b.lang] == "" && !slices.Contains(shellLangs, b.lang) && !slices.Contains(checkedLangs, b.lang) {
				t.Errorf("%s:%d: nothing checks a block in %q", p.name, b.line, b.lang)
			}
		}
	}
	for lang := range uncheckedLangs {
		if !used[lang] {
			t.Errorf("no block is in %q: remove it from uncheckedLangs", lang)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocksIn("json") {
			if !json.Valid([]byte(b.text)) {
				t.Errorf("%s:%d: not valid JSON", p.name, b.line)
			}
		}
	}
}

func TestYAML(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocksIn("yaml") {
			var v any
			if err := yaml.Unmarshal([]byte(b.text), &v); err != nil {
				t.Errorf("%s:%d: %v", p.name, b.line, err)
			}
		}
	}
}

// TestConfig checks the config files shown, together with the one of the pages: a block may refer to its profiles, or
// replace them. A block without sections belongs to the sso-session.
func TestConfig(t *testing.T) {
	base := filetest.Read(t, filepath.Join("testdata", "config"))
	for _, p := range pages(t) {
		for _, b := range p.blocksIn("ini") {
			path := filepath.Join(t.TempDir(), "config")
			before, after := withoutSections(base, b.text), ""
			if !strings.Contains("\n"+b.text, "\n[") {
				before, after, _ = strings.Cut(base, "\n\n")
				before += "\n"
			}
			filetest.Write(t, path, before+b.text+"\n"+after)
			findings, err := profile.Lint(func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull })
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Errorf("%s:%d: line %d: %s (%s)", p.name, b.line, f.Line-strings.Count(before, "\n"), f.Reason, f.Code)
			}
		}
	}
}

// withoutSections returns the sections of config that block does not have.
func withoutSections(config, block string) string {
	var others strings.Builder
	for section := range strings.SplitSeq(strings.TrimSpace(config), "\n\n") {
		header, _, _ := strings.Cut(section, "\n")
		if !strings.Contains("\n"+block, "\n"+header+"\n") {
			others.WriteString(section + "\n\n")
		}
	}
	return others.String()
}
