package doctest

import (
	"io/fs"
	"os"
	"testing"
)

// files is the repository.
var files = os.DirFS(root)

// repository returns the paths of all files, from root.
func repository(t *testing.T) (paths []string) {
	t.Helper()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "artifacts"):
			return fs.SkipDir
		case !d.IsDir():
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
