package doctest

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestLinks checks the links from page to page, to sections, and to files.
func TestLinks(t *testing.T) {
	sections := map[string]map[string]bool{}
	all := pages(t)
	for _, p := range all {
		sections[p.name] = slugs(p.heads)
	}
	for _, p := range all {
		for _, link := range p.links {
			target, section, _ := strings.Cut(link.text, "#")
			if strings.Contains(target, ":") {
				continue // another site
			}
			name := p.name
			if target != "" {
				name = path.Join(path.Dir(p.name), target)
			}
			if _, err := fs.Stat(files, name); err != nil {
				t.Errorf("%s:%d: there is no %s", p.name, link.line, name)
			} else if section != "" && !sections[name][section] {
				t.Errorf("%s:%d: %s has no section #%s", p.name, link.line, name, section)
			}
		}
	}
}

// slugs returns the anchors that GitHub gives headings.
func slugs(heads []span) map[string]bool {
	seen := map[string]bool{}
	for _, h := range heads {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ' || r == '-':
				return '-'
			case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, h.text)
		unique := slug
		for n := 1; seen[unique]; n++ {
			unique = fmt.Sprintf("%s-%d", slug, n)
		}
		seen[unique] = true
	}
	return seen
}

// fileName matches inline code that names a file of this repository.
var fileName = regexp.MustCompile(`^(\.?[\w-]+/)*[\w.-]+\.(go|md|mod|txtar|yaml|service|plist)$|^(internal|contrib|tools|\.ci|\.github)/[\w./@-]+$`)

// TestFiles checks that the files that pages name exist. A name without a directory may be in any.
func TestFiles(t *testing.T) {
	paths, names := map[string]bool{}, map[string]bool{}
	for _, file := range repository(t) {
		paths[file], names[path.Base(file)] = true, true
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			paths[dir] = true
		}
	}
	for _, p := range pages(t) {
		for _, s := range p.spans {
			if !fileName.MatchString(s.text) || paths[path.Clean(s.text)] || !strings.Contains(s.text, "/") && names[s.text] {
				continue
			}
			t.Errorf("%s:%d: there is no file %s", p.name, s.line, s.text)
		}
	}
}

// TestArchitecture checks that docs/architecture.md has each package, or the directory that a package belongs to.
func TestArchitecture(t *testing.T) {
	page := filetest.Read(t, filepath.Join(root, "docs", "architecture.md"))
	seen := map[string]bool{".": true}
	for _, file := range repository(t) {
		dir := path.Dir(file)
		if !strings.HasSuffix(file, ".go") || seen[dir] {
			continue
		}
		seen[dir] = true
		listed := false
		for d := dir; d != "." && d != "internal"; d = path.Dir(d) {
			listed = listed || strings.Contains(page, d)
		}
		if !listed {
			t.Errorf("docs/architecture.md does not mention %s", dir)
		}
	}
}

// testName matches inline code that names a test.
var testName = regexp.MustCompile(`^((?:Test|Fuzz)[A-Z]\w*)(/[\w/]+)?$`)

// scripts are the directories of the scripts that a test runs.
var scripts = map[string]string{
	"TestScripts":         "internal/command/testdata/script",
	"TestTerminalScripts": "internal/command/testdata/terminal",
}

// TestTests checks that the tests and scripts that pages name exist.
func TestTests(t *testing.T) {
	tests, files := testFunctions(t), repository(t)
	for _, p := range pages(t) {
		for _, s := range p.spans {
			m := testName.FindStringSubmatch(s.text)
			if m == nil {
				continue
			}
			dir, isScript := scripts[m[1]]
			if tests[m[1]] == "" || isScript && m[2] != "" && !slices.Contains(files, dir+m[2]+".txtar") {
				t.Errorf("%s:%d: there is no %s", p.name, s.line, s.text)
			}
		}
	}
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz|Example)\w*)\(`)

// testFunctions returns the directory of each test and benchmark.
func testFunctions(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, file := range repository(t) {
		if strings.HasSuffix(file, "_test.go") {
			for _, m := range testFunction.FindAllStringSubmatch(filetest.Read(t, filepath.Join(root, file)), -1) {
				found[m[1]] = path.Dir(file)
			}
		}
	}
	return found
}
