package atomicfile_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

func TestRead(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	dir := t.TempDir()
	filetest.Write(t, filepath.Join(dir, "ten"), "0123456789")
	filetest.Write(t, filepath.Join(dir, "empty"), "")
	filetest.Write(t, filepath.Join(dir, "eleven"), "0123456789x")
	symlink(t, "ten", filepath.Join(dir, "link"))
	symlink(t, "gone", filepath.Join(dir, "dangling"))
	mkdir(t, dir, "dir")
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{"ten", "0123456789", nil},
		{"link", "0123456789", nil},
		{"empty", "", nil},
		{"eleven", "", atomicfile.ErrTooLarge},
		{"dir", "", atomicfile.ErrIrregular},
		{"dangling", "", fs.ErrNotExist},
		{"none", "", fs.ErrNotExist},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, tt.name)
			data, err := atomicfile.Read(t.Context(), path, 10)
			if string(data) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Read = %q, %v; want %q, %v", data, err, tt.want, tt.err)
			}
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name %s: %v", path, err)
			}
		})
	}
	if _, err := atomicfile.Read(t.Context(), filepath.Join(dir, "ten", "sub"), 10); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("parent is a file: %v, want an error other than fs.ErrNotExist", err)
	}
}
