package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrIrregular is the error for a path that is not a regular file: a directory, a device, a
// named pipe.
var ErrIrregular = errors.New("not a regular file")

var errLinkLoop = errors.New("too many symbolic links")

// maxLinks is how many symbolic links Resolve follows; Linux follows as many.
const maxLinks = 40

// Resolve follows the symbolic links at path and returns the path of the target, which need
// not exist. The error is [ErrIrregular] if the target is not a regular file, and [ErrForeign]
// if another user may have planted a link.
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

// follow returns the target of the symbolic link at path. info is that of the link.
func follow(path string, info fs.FileInfo) (string, error) {
	target, err := os.Readlink(path)
	if err != nil {
		return "", err
	}
	dir, _ := split(path)
	if !filepath.IsAbs(target) {
		// Not filepath.Join: it removes "link/..", which for the system is the
		// parent of the link's target.
		target = dir + target
	}
	if err := checkLink(path, info, target); err != nil {
		return "", fmt.Errorf("follow link %s: %w", path, err)
	}
	return target, nil
}

// Beside returns the path of a file that belongs to the one at path, such as its lock: name
// makes it from the target of path, with symbolic links resolved, so that all links to a file
// share it. It fails if a link leads into a missing directory, which most likely means a disk
// that is not mounted.
func Beside(path string, name func(target string) string) (string, error) {
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

// split splits path into its directory, with the trailing separator, and the file name. The
// directory of a bare name is the working directory.
func split(path string) (dir, base string) {
	dir, base = filepath.Split(path)
	if dir == "" {
		dir = "." + string(filepath.Separator)
	}
	return dir, base
}
