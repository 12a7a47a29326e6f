package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrIrregular says that the path holds something other than a regular file: a
// directory, a device, a named pipe.
var ErrIrregular = errors.New("not a regular file")

var errLinkLoop = errors.New("too many symbolic links")

// maxLinks is how many symbolic links Resolve follows; Linux follows as many.
const maxLinks = 40

// Resolve follows the symbolic links at path to the file in the end, which need not
// exist. What exists there is a regular file: the error is ErrIrregular otherwise. A link
// that another user may have planted gives [ErrForeign].
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

// follow returns what the symbolic link at path, which info is of, points to.
func follow(path string, info fs.FileInfo) (string, error) {
	target, err := os.Readlink(path)
	if err != nil {
		return "", err
	}
	dir, _ := split(path)
	if !filepath.IsAbs(target) {
		// Not filepath.Join: it would take "link/.." for nothing, and the
		// system takes it for the parent of what the link points to.
		target = dir + target
	}
	if err := checkLink(path, info, target); err != nil {
		return "", fmt.Errorf("follow link %s: %w", path, err)
	}
	return target, nil
}

// Beside returns the path of the file that goes with the one at path: name makes it of
// the path that the symbolic links at path lead to, so that it is the same by whichever
// link one comes. It fails when a link leads into a directory that is missing, which is
// more likely to mean a disk that is not mounted.
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

// split cuts path into its directory, with the separator at its end, and the name in
// it. The directory of a bare name is the working directory.
func split(path string) (dir, base string) {
	dir, base = filepath.Split(path)
	if dir == "" {
		dir = "." + string(filepath.Separator)
	}
	return dir, base
}
