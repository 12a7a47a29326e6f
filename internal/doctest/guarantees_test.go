package doctest

import (
	"go/build"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

var (
	testFunc   = regexp.MustCompile(`(?ms)^func (Test\w+)\(t \*testing\.T\) \{\n.*?^\}`)
	testInCode = regexp.MustCompile("`(Test\\w+)")
)

// TestWindowsColumn checks the column about Windows in the table of guarantees: it says "tested", and no more, if
// the Windows programs have every test of the row, and none skips itself under Wine.
func TestWindowsColumn(t *testing.T) {
	_, table, found := strings.Cut(filetest.Read(t, filepath.Join(root, "docs", "concurrency.md")), "\n## Guarantees and their tests\n")
	if !found {
		t.Fatal("no table of guarantees")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	missing := notOnWindows(t)
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.Contains(cells[1], "`") {
			continue
		}
		rows++
		complete := true
		for _, m := range testInCode.FindAllStringSubmatch(cells[1], -1) {
			complete = complete && !missing[m[1]]
		}
		if says := strings.TrimSpace(cells[2]) == "tested |"; says != complete {
			t.Errorf("all tests run as Windows programs: %v, but the table says %q for: %s", complete, cells[2], cells[0])
		}
	}
	if rows < 30 {
		t.Errorf("found only %d rows", rows)
	}
}

// notOnWindows returns the tests of this module that Windows programs lack, or that skip themselves under Wine.
func notOnWindows(t *testing.T) map[string]bool {
	t.Helper()
	windows := build.Default
	windows.GOOS, windows.CgoEnabled = "windows", false
	missing := map[string]bool{}
	for _, path := range repository(t) {
		if !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "tokencache/redis/") {
			continue
		}
		dir, name := filepath.Split(filepath.Join(root, path))
		matches, err := windows.MatchFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testFunc.FindAllStringSubmatch(filetest.Read(t, dir+name), -1) {
			if !matches || strings.Contains(m[0], "SkipUnderWine") {
				missing[m[1]] = true
			}
		}
	}
	return missing
}
