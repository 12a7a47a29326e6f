package latchkey_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestNamedTestsExist checks that the tests that the documentation names exist, also those in other modules. A name such
// as TestScripts/exec stands for the script exec.txtar.
func TestNamedTestsExist(t *testing.T) {
	filetest.SkipUnderWine(t, "documentation")
	tests := testNames(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*(?:/[a-z_]+)?)`")
	for page, least := range map[string]int{"docs/concurrency.md": 60, "docs/threat-model.md": 60} {
		found := named.FindAllStringSubmatch(filetest.Read(t, filepath.FromSlash(page)), -1)
		for _, match := range found {
			if !tests[match[1]] {
				t.Errorf("%s names %s, which does not exist", page, match[1])
			}
		}
		if len(found) < least {
			t.Errorf("%s names %d tests, want %d or more", page, len(found), least)
		}
	}
}

// testNames returns the names of all tests and scripts of the repository.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(\w+ \*testing\.[TF]\)`)
	runners := map[string]string{"script": "TestScripts/", "terminal": "TestTerminalScripts/"}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != ".":
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, match := range function.FindAllSubmatch(data, -1) {
				names[string(match[1])] = true
			}
		case strings.HasSuffix(path, ".txtar"):
			names[runners[filepath.Base(filepath.Dir(path))]+strings.TrimSuffix(entry.Name(), ".txtar")] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
