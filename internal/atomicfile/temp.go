package atomicfile

import (
	"errors"
	"io/fs"
	"os"
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
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !isTempName(e.Name(), base) {
			continue
		}
		if info, err := e.Info(); err == nil && (before.IsZero() || info.ModTime().Before(before)) {
			_ = os.Remove(dir + e.Name())
		}
	}
}

// isTempName reports whether name is one that createTemp gives to base. The digits
// matter: ".a.b.1.tmp" belongs to "a.b", not to "a".
func isTempName(name, base string) bool {
	middle, ok := strings.CutPrefix(name, "."+base+".")
	if !ok {
		return false
	}
	digits, ok := strings.CutSuffix(middle, ".tmp")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}
