//go:build unix

package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func ownerOf(info fs.FileInfo) user {
	return user(info.Sys().(*syscall.Stat_t).Uid) //nolint:forcetypeassert // true on every Unix
}

func statDirectory(dir string) (directory, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return directory{}, err
	}
	return directory{ownerOf(info), info.Mode()}, nil
}

// notPrivateError is the error of CheckPrivate.
type notPrivateError struct{ directory }

func (e notPrivateError) Error() string {
	return fmt.Sprintf("other users can write to it (owner %d, mode %v)", e.owner, e.mode)
}

// A directory is the owner and mode of a directory.
type directory struct {
	owner user
	mode  fs.FileMode
}

// othersCanWrite reports whether users other than me and root can create files in d. me is the
// effective user of the process.
func (d directory) othersCanWrite(me user) bool {
	return d.owner != me && d.owner != root || d.mode&0o022 != 0
}

// trusts reports whether me can trust a file in d with the given owner: me, root, or anyone if
// others cannot write to d. Root also trusts the owner of d.
func (d directory) trusts(owner, me user) bool {
	return owner == me || owner == root || me == root && owner == d.owner || !d.othersCanWrite(me)
}

// checkOwner returns ErrUntrusted if another user may have planted the file or symbolic link at
// path, which info describes.
func checkOwner(path string, info fs.FileInfo) error {
	me, owner := user(os.Geteuid()), ownerOf(info)
	if owner == me || owner == root {
		return nil
	}
	dir, _ := split(path)
	d, err := statDirectory(dir)
	if err == nil && !d.trusts(owner, me) {
		err = ErrUntrusted
	}
	return err
}

// checkSecret returns ErrNotPrivate if users other than this one and root may know a secret in the
// file that info describes.
func checkSecret(_ string, info fs.FileInfo) error {
	return checkSecretOf(user(os.Geteuid()), ownerOf(info), info.Mode().Perm())
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
	// A user must not make root write to a file that the user cannot write to.
	dir, _ := split(target)
	d, err := statDirectory(dir)
	if err == nil && d.owner != owner {
		return ErrUntrusted
	}
	return nil
}

// inheritOwner gives f, which will replace target, the owner of target, or else the owner of its
// directory. It does nothing unless the process runs as root. It ignores errors.
func inheritOwner(f *os.File, target string) {
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

// makePrivate and keepAccess do nothing: the mode of the file does it.
func makePrivate(*os.File)        {}
func keepAccess(*os.File, string) {}

// OthersCanRead reports whether other users may read the file at path, which info describes.
func OthersCanRead(_ string, info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// chown gives f the owner and group in info.
func chown(f *os.File, info fs.FileInfo) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(st.Uid), int(st.Gid))
	}
}

// Create creates an empty file with mode 0600 at path if it does not exist. If root calls Create,
// an empty file of root's gets the owner of the directory.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE|nonBlocking|noFollow, 0o600) //nolint:gosec // G304: the caller chooses the path
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
	// A file with two links may be a system file that a user has linked to.
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

// MkdirAll creates dir and its missing parents with mode 0700. Directories that root creates get
// the owner of their parent.
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
	// The owner of the parent may have replaced dir with a symbolic link.
	d, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|noFollow, 0) //nolint:gosec // G304: created above
	if err != nil {
		return nil // the directory exists, with root as its owner
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
		return notPrivateError{d}
	}
	return nil
}
