package doctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestSnippets checks that each Go snippet is, line for line, in a test or in an example that runs. A line "// ..." of a
// snippet stands for any lines.
func TestSnippets(t *testing.T) {
	tests := testSources(t)
	for _, p := range pages(t) {
		for _, b := range p.blocksIn("go") {
			snippet := lines(b.text)
			if !slices.ContainsFunc(tests, func(test []string) bool { return contains(test, snippet) }) {
				t.Errorf("%s:%d: in no test and no example that runs:\n%s", p.name, b.line, b.text)
			}
		}
	}
}

// testSources returns the lines of all tests, and of all examples with an output.
func testSources(t *testing.T) (sources [][]string) {
	t.Helper()
	for _, file := range repository(t) {
		if strings.HasSuffix(file, "_test.go") {
			text := filetest.Read(t, filepath.Join(root, filepath.FromSlash(file)))
			sources = append(sources, testsIn(t, text)...)
		}
	}
	return sources
}

func testsIn(t *testing.T, text string) (sources [][]string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		source := text[fset.Position(f.Pos()).Offset:fset.Position(f.End()).Offset]
		example := strings.HasPrefix(f.Name.Name, "Example") && strings.Contains(source, "// Output:")
		if example || strings.HasPrefix(f.Name.Name, "Test") {
			sources = append(sources, lines(source))
		}
	}
	return sources
}

func lines(text string) []string {
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// contains reports whether source contains the lines of snippet, indented alike.
func contains(source, snippet []string) bool {
	for start := range source {
		indent := source[start][:len(source[start])-len(strings.TrimLeft(source[start], "\t"))]
		if startsWith(source[start:], snippet, indent) {
			return true
		}
	}
	return false
}

func startsWith(source, snippet []string, indent string) bool {
	switch {
	case len(snippet) == 0:
		return true
	case strings.TrimSpace(snippet[0]) == "// ...":
		for skip := range len(source) + 1 {
			if startsWith(source[skip:], snippet[1:], indent) {
				return true
			}
		}
		return false
	case len(source) == 0 || strings.TrimPrefix(source[0], indent) != snippet[0]:
		return false
	}
	return startsWith(source[1:], snippet[1:], indent)
}
