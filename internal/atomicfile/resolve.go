package atomicfile

import (
	"errors"
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
// exist. What exists there is a regular file: the error is ErrIrregular otherwise.
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
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			// Not filepath.Join: it would take "link/.." for nothing, and the
			// system takes it for the parent of what the link points to.
			dir, _ := split(path)
			target = dir + target
		}
		path = target
	}
	return "", errLinkLoop
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
