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

// staleAfter is the age at which a temporary file is nobody's any more: a Write takes
// milliseconds.
const staleAfter = time.Hour

// A temp is a temporary file and the file it is to replace. Its name is
// ".<base>.<digits>.tmp".
type temp struct {
	file   *os.File
	target string    // the file to replace, in dir
	dir    string    // the directory of both
	base   string    // the name of target in dir
	made   time.Time // by the clock of the file system, which may be another machine's
}

// createTemp makes an empty temporary file, mode 0600, beside target.
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

// fill writes data to the file, brings it to the disk if it is to be durable, and
// closes it.
func (t *temp) fill(data []byte, how manner) error {
	mode, err := t.mode(how)
	if err != nil {
		return err
	}
	// The umask may have taken bits from the mode.
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

// sweep removes the temporary files of base in dir that were made before the time
// given; the zero time means all of them. It is a courtesy: what it cannot remove, it
// leaves.
func sweep(dir, base string, before time.Time) {
	_, _ = removeMatching(dir, func(name string) bool {
		of, ok := TempOf(name)
		return ok && of == base
	}, before)
}

// RemoveMatching removes the regular files in dir whose names match, but for those that
// another user may have planted, and returns how many there were. It goes on after a file
// that cannot be removed, and returns such errors joined.
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

// TempOf reports whether name is one that Write gives to a temporary file, and returns
// the name of the file that it was to replace. The digits matter: ".a.b.1.tmp" belongs to
// "a.b", not to "a".
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
