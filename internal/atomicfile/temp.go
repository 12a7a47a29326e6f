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

// staleAfter is the age from which a temporary file counts as left behind. A Write takes
// milliseconds.
const staleAfter = time.Hour

// A temp is a temporary file and the file that it will replace. Its name is
// ".<base>.<digits>.tmp".
type temp struct {
	file   *os.File
	target string    // the file to replace, in dir
	dir    string    // the directory of both
	base   string    // the name of target in dir
	made   time.Time // by the clock of the file system, which may be on another machine
}

// createTemp creates an empty temporary file, mode 0600, beside target.
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
	t.made = info.ModTime()
	return t, nil
}

// fill writes data to the file, syncs it if it must be durable, and closes it.
func (t *temp) fill(data []byte, how manner) error {
	mode, err := t.mode(how)
	if err != nil {
		return err
	}
	// The umask may have removed bits from the mode.
	if err := t.file.Chmod(mode); err != nil {
		return err
	}
	giveAway(t.file, t.target)
	if _, err := t.file.Write(data); err != nil {
		return err
	}
	if how&durable != 0 {
		if err := t.file.Sync(); err != nil {
			return err
		}
	}
	return t.file.Close()
}

// mode returns the mode of the new file.
func (t *temp) mode(how manner) (fs.FileMode, error) {
	if how&keepMode == 0 {
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

// sweep removes the temporary files of base in dir that are older than before, or all of them
// if before is zero. It ignores errors.
func sweep(dir, base string, before time.Time) {
	_, _ = removeMatching(dir, func(name string) bool {
		of, ok := TempOf(name)
		return ok && of == base
	}, before)
}

// RemoveMatching removes the regular files in dir whose names match, except those that another
// user may have planted, and returns how many it removed. It continues after a file that it
// cannot remove, and returns such errors joined.
func RemoveMatching(ctx context.Context, dir string, match func(name string) bool) (int, error) {
	return Within(ctx, func() (int, error) { return removeMatching(dir, match, time.Time{}) }, nil)
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

// TempOf reports whether name is that of a temporary file of Write, and returns the name of
// the file to replace: "a.b" for ".a.b.1.tmp".
func TempOf(name string) (base string, ok bool) {
	name, hasDot := strings.CutPrefix(name, ".")
	name, hasEnd := strings.CutSuffix(name, ".tmp")
	i := strings.LastIndexByte(name, '.')
	if !hasDot || !hasEnd || i < 1 {
		return "", false
	}
	base, digits := name[:i], name[i+1:]
	return base, digits != "" && strings.Trim(digits, "0123456789") == ""
}
