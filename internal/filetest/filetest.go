// Package filetest writes and checks files in tests.
package filetest

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// Write writes a file with mode 0600, and makes its directory.
func Write[Content ~string | ~[]byte](t testing.TB, path string, content Content) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Error(err)
	}
}

// Read returns the content of a file.
func Read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path) //nolint:gosec // G304: the test says which file
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Want checks the content of a file.
func Want(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want { //nolint:gosec // G304: the test chooses the path
		t.Errorf("%s holds %s, %v\nwant %s", path, got, err, want)
	}
}

// WantMode checks the mode of a file or symbolic link. It does nothing on Windows, which has no
// modes.
func WantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want && runtime.GOOS != "windows" {
		t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
	}
}

// WantNames checks the names of all entries of a directory.
func WantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

// WantInHome checks that find returns a directory of a new home directory.
func WantInHome[Dir ~string](t *testing.T, find func() (Dir, error), elem ...string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	dir, err := find()
	if want := filepath.Join(append([]string{home}, elem...)...); err != nil || string(dir) != want {
		t.Errorf("got %s, %v; want %s", dir, err, want)
	}
}
