package latchkey_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestExportedNamesAreDocumented checks all exported names in packages that other modules can import.
func TestExportedNamesAreDocumented(t *testing.T) {
	for name, p := range listPackages(t) {
		if strings.HasPrefix(name, "internal/") || strings.HasPrefix(name, "cmd/") || len(p.GoFiles) == 0 {
			continue
		}
		for _, missing := range undocumented(t, name, p) {
			t.Errorf("%s.%s has no doc comment", p.ImportPath, missing)
		}
	}
}

// undocumented returns the exported names of a package that have no doc comment.
func undocumented(t *testing.T, dir string, p goPackage) (names []string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(filepath.FromSlash(dir), name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, p.ImportPath)
	if err != nil {
		t.Fatal(err)
	}
	add := func(comment, name string) {
		if comment == "" {
			names = append(names, name)
		}
	}
	functions := func(list []*doc.Func, prefix string) {
		for _, f := range list {
			if f.Name != "Error" && f.Name != "Unwrap" { // of every error
				add(f.Doc, prefix+f.Name)
			}
		}
	}
	functions(pkg.Funcs, "")
	values := append(pkg.Consts, pkg.Vars...)
	for _, typ := range pkg.Types {
		add(typ.Doc, typ.Name)
		functions(typ.Funcs, "")
		functions(typ.Methods, typ.Name+".")
		values = append(append(values, typ.Consts...), typ.Vars...)
	}
	for _, v := range values {
		for _, spec := range v.Decl.Specs {
			if spec := spec.(*ast.ValueSpec); spec.Names[0].IsExported() {
				add(v.Doc+spec.Doc.Text()+spec.Comment.Text(), spec.Names[0].Name)
			}
		}
	}
	return names
}
