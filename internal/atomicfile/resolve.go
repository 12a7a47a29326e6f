package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrIrregular is the error for a path that is not a regular file, such as a directory, a device
// or a named pipe.
var ErrIrregular = errors.New("not a regular file")

var errLinkLoop = errors.New("too many symbolic links")

// maxLinks is the number of symbolic links that Resolve follows. It is the limit of Linux.
const maxLinks = 40

// Resolve follows symbolic links at path and returns the path of the target, which need not
// exist. The error matches [ErrIrregular] if the target is not a regular file, and
// [ErrUntrusted] if another user may have planted a link.
func Resolve(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return path, nil
		case err != nil:
			return "", err
		case info.Mode().IsRegular():
			return path, nil
		case info.Mode()&os.ModeSymlink == 0:
			return "", ErrIrregular
		}
		if path, err = follow(path, info); err != nil {
			return "", err
		}
	}
	return "", errLinkLoop
}

// follow returns the target of the symbolic link at path, which info describes.
func follow(path string, info fs.FileInfo) (string, error) {
	target, err := os.Readlink(path)
	if err != nil {
		return "", err
	}
	dir, _ := split(path)
	if !filepath.IsAbs(target) {
		// Not filepath.Join: it removes "link/..", which is the parent of the link's
		// target.
		target = dir + target
	}
	if err := checkLink(path, info, target); err != nil {
		return "", fmt.Errorf("follow link %s: %w", path, err)
	}
	return target, nil
}

// Sibling returns the path of a companion of the file at path, such as its lock file. It calls
// name with path after resolving symbolic links, so that all links to a file share its
// companions. It fails if a link points into a missing directory, which may be on a disk that is
// not mounted.
func Sibling(path string, name func(target string) string) (string, error) {
	target, err := Resolve(path)
	if err != nil {
		return "", err
	}
	if target != path {
		dir, _ := split(target)
		if _, err := os.Stat(dir); err != nil {
			return "", err
		}
	}
	return name(target), nil
}

// split is filepath.Split, but returns the working directory for a bare file name.
func split(path string) (dir, base string) {
	dir, base = filepath.Split(path)
	if dir == "" {
		dir = "." + string(filepath.Separator)
	}
	return dir, base
}
