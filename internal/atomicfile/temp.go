package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// staleAfter is the age at which a temporary file counts as left behind by a crash. A Write
// takes milliseconds.
const staleAfter = time.Hour

// A temp is a temporary file, named ".<base>.<digits>.tmp".
type temp struct {
	file    *os.File
	target  string    // the path of the file to replace
	dir     string    // the directory of both
	base    string    // the name of target in dir
	created time.Time // from the clock of the file system, which may be on another machine
}

// createTemp creates an empty temporary file with mode 0600 beside target.
func createTemp(target string) (*temp, error) {
	t := &temp{target: target}
	t.dir, t.base = split(target)
	var err error
	if t.file, err = os.CreateTemp(t.dir, "."+t.base+".*.tmp"); err != nil {
		return nil, err
	}
	info, err := t.file.Stat()
	if err != nil {
		t.discard()
		return nil, err
	}
	t.created = info.ModTime()
	return t, nil
}

// fill writes data to the file, syncs it if durable is set, and closes it.
func (t *temp) fill(data []byte, flags writeFlags) error {
	mode, err := t.mode(flags)
	if err != nil {
		return err
	}
	// The umask may have removed bits from the mode.
	if err := t.file.Chmod(mode); err != nil {
		return err
	}
	inheritOwner(t.file, t.target)
	if flags&keepMode != 0 {
		keepAccess(t.file, t.target)
	} else {
		makePrivate(t.file)
	}
	if _, err := t.file.Write(data); err != nil {
		return err
	}
	if flags&durable != 0 {
		if err := t.file.Sync(); err != nil {
			return err
		}
	}
	return t.file.Close()
}

// mode returns the mode of the new file.
func (t *temp) mode(flags writeFlags) (fs.FileMode, error) {
	if flags&keepMode == 0 {
		return 0o600, nil
	}
	info, err := os.Lstat(t.target)
	if errors.Is(err, fs.ErrNotExist) {
		return 0o600, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Mode().Perm(), nil
}

// discard closes and removes the file.
func (t *temp) discard() {
	_ = t.file.Close()
	_ = os.Remove(t.file.Name())
}

// sweep removes the temporary files of base in dir that were modified before the given time, or
// all of them if it is zero. It ignores errors.
func sweep(dir, base string, before time.Time) {
	_, _ = removeMatching(dir, func(name string) bool {
		target, ok := TempTarget(name)
		return ok && target == base
	}, before)
}

// RemoveMatching removes the regular files in dir whose names match, except those that another
// user may have planted, and returns the number of files removed. If a file cannot be removed,
// RemoveMatching continues with the others and returns the errors joined.
func RemoveMatching(ctx context.Context, dir string, match func(name string) bool) (int, error) {
	return Do(ctx, func() (int, error) { return removeMatching(dir, match, time.Time{}) }, nil)
}

func removeMatching(dir string, match func(name string) bool, before time.Time) (n int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	if !os.IsPathSeparator(dir[len(dir)-1]) {
		dir += string(filepath.Separator) // not filepath.Join: see follow
	}
	var failures []error
	for _, e := range entries {
		if !e.Type().IsRegular() || !match(e.Name()) {
			continue
		}
		path := dir + e.Name()
		info, err := e.Info()
		if err != nil || !before.IsZero() && !info.ModTime().Before(before) || checkOwner(path, info) != nil {
			continue
		}
		switch err := os.Remove(path); {
		case err == nil:
			n++
		case !errors.Is(err, fs.ErrNotExist):
			failures = append(failures, err)
		}
	}
	return n, errors.Join(failures...)
}

// TempTarget reports whether name is the name of a temporary file of Write, and returns the name
// of the file that it would replace: "a.b" for ".a.b.1.tmp".
func TempTarget(name string) (base string, ok bool) {
	name, hasDot := strings.CutPrefix(name, ".")
	name, hasEnd := strings.CutSuffix(name, ".tmp")
	i := strings.LastIndexByte(name, '.')
	if !hasDot || !hasEnd || i < 1 {
		return "", false
	}
	base, digits := name[:i], name[i+1:]
	return base, digits != "" && strings.Trim(digits, "0123456789") == ""
}
