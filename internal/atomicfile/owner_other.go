//go:build !unix && !windows

package atomicfile

import (
	"io/fs"
	"os"
)

// Without Unix permissions, the access control list of a directory protects its files.

func checkOwner(string, fs.FileInfo) error { return nil }

func checkLink(string, fs.FileInfo, string) error { return nil }

func checkSecret(string, fs.FileInfo) error { return nil }

func inheritOwner(*os.File, string) {}

func makePrivate(*os.File) {}

func keepAccess(*os.File, string) {}

// OthersCanRead reports false: only the system knows.
func OthersCanRead(string, fs.FileInfo) bool { return false }

// Create creates an empty file at path if it does not exist.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600) //nolint:gosec // G304: the caller chooses the path
	if err != nil {
		return err
	}
	return f.Close()
}

// MkdirAll creates the directory and its missing parents.
func MkdirAll(dir string) error { return os.MkdirAll(dir, 0o700) }

func checkPrivate(string) error { return nil }
