// Package filetest writes and checks files in tests.
package filetest

import (
	"io/fs"
	"os"
	"runtime"
	"slices"
	"testing"
)

// Write writes a file with mode 0600.
func Write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Error(err)
	}
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
