package doctest

import (
	"crypto/x509"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestTroubleshooting checks that docs/troubleshooting.md quotes errors that exist.
func TestTroubleshooting(t *testing.T) {
	page := filetest.Read(t, filepath.Join(root, "docs", "troubleshooting.md"))
	ours, _, found := strings.Cut(page, "\n## Errors of other tools\n")
	if !found {
		t.Fatal("docs/troubleshooting.md has no section about other tools")
	}
	quoted := quotedErrors(ours)
	if len(quoted) < 50 {
		t.Fatalf("found only %d errors in docs/troubleshooting.md", len(quoted))
	}
	known := append(sourceTexts(t), x509.UnknownAuthorityError{}.Error())
	for _, text := range quoted {
		for clause := range strings.SplitSeq(text, ": ") {
			if !slices.ContainsFunc(known, func(k string) bool { return sameText(k, clause) }) {
				t.Errorf("no code prints %q (in %q)", clause, text)
			}
		}
	}
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// quotedErrors returns the code in the first column of the tables.
func quotedErrors(page string) (texts []string) {
	for line := range strings.Lines(page) {
		row, isRow := strings.CutPrefix(line, "| ")
		if !isRow {
			continue
		}
		cell, _, _ := strings.Cut(row, " | ")
		for _, span := range codeSpan.FindAllStringSubmatch(cell, -1) {
			texts = append(texts, strings.TrimSuffix(strings.ReplaceAll(span[1], `\|`, "|"), ":"))
		}
	}
	return texts
}

// sourceTexts returns the clauses of all strings in the code, with ... in place of values.
func sourceTexts(t *testing.T) (texts []string) {
	t.Helper()
	for _, path := range repository(t) {
		dir, _, _ := strings.Cut(path, "/")
		if slices.Contains([]string{"bench", "interop", "tools"}, dir) || strings.HasSuffix(path, "_test.go") || filepath.Ext(path) != ".go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				texts = append(texts, clauses(e)...)
			}
			return true
		})
	}
	return texts
}

const anything = "..."

// verb matches a verb of package fmt.
var verb = regexp.MustCompile(`%[-+#0-9.]*[a-zA-Z]`)

// clauses returns a string expression whole and cut at ": ".
func clauses(e ast.Expr) []string {
	text := constantText(e)
	if text == anything {
		return nil
	}
	return append(strings.Split(text, ": "), text)
}

// constantText returns the text of a string literal or of a concatenation.
func constantText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return verb.ReplaceAllLiteralString(text, anything)
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return constantText(e.X) + constantText(e.Y)
		}
	}
	return anything
}

// sameText reports whether the code prints the clause of the page. Both may contain "...".
func sameText(code, page string) bool {
	return containsText(code, page) || isText(code) && matchesText(page, code)
}

// containsText reports whether the parts of pattern occur in text, in their order.
func containsText(text, pattern string) bool {
	for part := range strings.SplitSeq(pattern, anything) {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

// matchesText reports whether pattern describes all of text.
func matchesText(text, pattern string) bool {
	parts := strings.Split(pattern, anything)
	first, last := parts[0], parts[len(parts)-1]
	return strings.HasPrefix(text, first) && strings.HasSuffix(text, last) && containsText(text, pattern)
}

// isText reports whether text is more than placeholders and a word.
func isText(text string) bool {
	letters := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	return len(strings.Join(letters, "")) >= 8
}
