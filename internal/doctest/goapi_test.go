package doctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// qualified matches an exported name of a package, and one of its methods or fields.
var qualified = regexp.MustCompile(`\b([a-z]+)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)

// TestNames checks that the exported names of our packages in inline code exist.
func TestNames(t *testing.T) {
	api := exported(t)
	for _, p := range pages(t) {
		for _, s := range p.spans {
			for _, m := range qualified.FindAllStringSubmatch(s.text, -1) {
				names, ours := api[m[1]]
				switch {
				case !ours:
				case !names[m[2]]:
					t.Errorf("%s:%d: package %s has no %s", p.name, s.line, m[1], m[2])
				case m[3] != "" && !names[m[2]+"."+m[3]]:
					t.Errorf("%s:%d: %s.%s has no %s", p.name, s.line, m[1], m[2], m[3])
				}
			}
		}
	}
}

// exported returns the exported names of each public package: "Name" and, for methods and fields, "Type.Name".
func exported(t *testing.T) map[string]map[string]bool {
	t.Helper()
	api := map[string]map[string]bool{}
	for _, file := range repository(t) {
		public := !strings.HasPrefix(file, "internal/") && !strings.HasPrefix(file, "bench/") && !strings.HasPrefix(file, "interop/")
		if !public || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		text := filetest.Read(t, filepath.Join(root, filepath.FromSlash(file)))
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		name := parsed.Name.Name
		if api[name] == nil {
			api[name] = map[string]bool{}
		}
		for _, decl := range parsed.Decls {
			addNames(api[name], decl)
		}
	}
	return api
}

func addNames(names map[string]bool, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		names[receiver(decl)+decl.Name.Name] = true
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names[spec.Name.Name] = true
				addMembers(names, spec)
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					names[n.Name] = true
				}
			}
		}
	}
}

// receiver returns the name of a method's type and a period.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}

// addMembers adds the fields of a struct or the methods of an interface.
func addMembers(names map[string]bool, spec *ast.TypeSpec) {
	var members *ast.FieldList
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		members = typ.Fields
	case *ast.InterfaceType:
		members = typ.Methods
	default:
		return
	}
	for _, member := range members.List {
		for _, n := range member.Names {
			names[spec.Name.Name+"."+n.Name] = true
		}
	}
}
