//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func ownerOf(info fs.FileInfo) user {
	return user(info.Sys().(*syscall.Stat_t).Uid) //nolint:forcetypeassert // it is, on every Unix
}

func statDirectory(dir string) (directory, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return directory{}, err
	}
	return directory{ownerOf(info), info.Mode()}, nil
}

// checkOwner returns ErrForeign if another user may have planted the file or link at path. info
// is that of the file or link.
func checkOwner(path string, info fs.FileInfo) error {
	me, owner := user(os.Geteuid()), ownerOf(info)
	if owner == me || owner == root {
		return nil
	}
	dir, _ := split(path)
	d, err := statDirectory(dir)
	if err == nil && !d.mayHold(owner, me) {
		err = ErrForeign
	}
	return err
}

// checkLink is checkOwner for a symbolic link and its target.
func checkLink(path string, info fs.FileInfo, target string) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	owner := ownerOf(info)
	if os.Geteuid() != 0 || owner == root {
		return nil
	}
	// Root must not write for a user where the user could not.
	dir, _ := split(target)
	d, err := statDirectory(dir)
	if err == nil && d.owner != owner {
		return ErrForeign
	}
	return nil
}

// giveAway changes the owner of f, which will replace the file at target, to that of the
// target, or else of its directory. Only root needs to. It ignores errors.
func giveAway(f *os.File, target string) {
	if os.Geteuid() != 0 {
		return
	}
	info, err := os.Lstat(target)
	if err != nil {
		dir, _ := split(target)
		info, err = os.Stat(dir)
	}
	if err == nil {
		chown(f, info)
	}
}

// chown gives f the owner and the group in info.
func chown(f *os.File, info fs.FileInfo) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(st.Uid), int(st.Gid))
	}
}

// Create creates an empty file at path, mode 0600, unless there is one. A file that root
// creates, or created before, gets the owner of the directory.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|nonBlocking|noFollow, 0o600) //nolint:gosec // G304: the caller says which file
	if err != nil {
		return err
	}
	defer f.Close()
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// A file with two links may be any file of the system.
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() || info.Size() != 0 || st.Uid != 0 || st.Nlink != 1 {
		return nil
	}
	dir, _ := split(path)
	if info, err := os.Stat(dir); err == nil {
		chown(f, info)
	}
	return nil
}

// MkdirAll creates the directory and its missing parents, mode 0700. Directories that root
// creates get the owner of the directory above.
func MkdirAll(dir string) error {
	if os.Geteuid() != 0 {
		return os.MkdirAll(dir, 0o700)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		return os.MkdirAll(dir, 0o700) // for its error
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return os.MkdirAll(dir, 0o700) // another process may have created it
	}
	// The owner of the parent may have replaced it.
	d, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|noFollow, 0) //nolint:gosec // G304: it was made above
	if err != nil {
		return nil // the directory exists; its owner is a nicety
	}
	defer d.Close()
	if info, err := os.Stat(parent); err == nil {
		chown(d, info)
	}
	return nil
}

// checkPrivate is CheckPrivate without a context.
func checkPrivate(dir string) error {
	d, err := statDirectory(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	me := user(os.Geteuid())
	if me == root {
		me = d.owner
	}
	if d.othersCanWrite(me) {
		return openToOthersError{d}
	}
	return nil
}
