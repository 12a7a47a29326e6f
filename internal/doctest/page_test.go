// Package doctest tests the documentation: every command it shows is run, every Go snippet is compiled, and every flag,
// variable, setting, file, test and link it names exists.
package doctest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// root is the directory of the module.
const root = "../.."

// A page is a Markdown file.
type page struct {
	name   string // path from root, with slashes
	blocks []block
	spans  []span // inline code
	links  []span // destinations
	heads  []span // headings
}

// A block is a code block.
type block struct {
	line int    // of the first line of code
	lang string // the first word after the fence; "sh" for indented blocks
	text string
}

// A span is a text within a line of a page.
type span struct {
	line int
	text string
}

// pages parses README.md, its neighbors, and docs. CHANGELOG.md is about earlier versions.
func pages(t *testing.T) (all []page) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "contrib/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			if name != "CHANGELOG.md" {
				all = append(all, parse(t, filepath.ToSlash(name)))
			}
		}
	}
	if len(all) < 5 {
		t.Fatalf("found only %d pages", len(all))
	}
	return all
}

// parse parses a page. Inline code in headings and links counts as inline code.
func parse(t *testing.T, name string) page {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	p := page{name: name}
	tree := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	line := 1 // of the latest block
	err = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			line = lineAt(source, n.Lines().At(0).Start)
		}
		p.add(n, source, &line)
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *page) add(n ast.Node, source []byte, line *int) {
	switch n := n.(type) {
	case *ast.Text:
		*line = lineAt(source, n.Segment.Start)
	case *ast.FencedCodeBlock:
		p.blocks = append(p.blocks, block{*line, string(n.Language(source)), string(n.Lines().Value(source))})
	case *ast.CodeBlock:
		p.blocks = append(p.blocks, block{*line, "sh", string(n.Lines().Value(source))})
	case *ast.CodeSpan:
		if first, ok := n.FirstChild().(*ast.Text); ok {
			*line = lineAt(source, first.Segment.Start)
		}
		p.spans = append(p.spans, span{*line, strings.ReplaceAll(plain(n, source), "\n", " ")})
	case *ast.Link:
		p.links = append(p.links, span{*line, string(n.Destination)})
	case *ast.Image:
		p.links = append(p.links, span{*line, string(n.Destination)})
	case *ast.Heading:
		p.heads = append(p.heads, span{*line, plain(n, source)})
	}
}

// plain returns the text in a node.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := range children(n) {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			if t.SoftLineBreak() {
				b.WriteByte('\n')
			}
			continue
		}
		b.WriteString(plain(c, source))
	}
	return b.String()
}

func children(n ast.Node) func(yield func(ast.Node) bool) {
	return func(yield func(ast.Node) bool) {
		for c := n.FirstChild(); c != nil && yield(c); c = c.NextSibling() {
		}
	}
}

func lineAt(source []byte, offset int) int {
	return 1 + strings.Count(string(source[:offset]), "\n")
}

// blocksIn returns the blocks in one of the languages.
func (p page) blocksIn(langs ...string) (found []block) {
	for _, b := range p.blocks {
		if slices.Contains(langs, b.lang) {
			found = append(found, b)
		}
	}
	return found
}
