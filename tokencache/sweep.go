package tokencache

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: see Path
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// Sweep implements [Sweeper]. It removes the temporary files that killed processes of
// Latchkey and other AWS tools left behind, and token files that cannot be read, such as
// root's. A write in progress may fail because of it: it is for signing out of everything.
func (d Dir) Sweep(ctx context.Context) (int, error) {
	n, err := atomicfile.RemoveMatching(ctx, string(d), func(name string) bool {
		_, temp := tempOf(name)
		return temp || isTokenName(name) && isUnreadable(filepath.Join(string(d), name))
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, fmt.Errorf("tokencache: sweep: %w", err)
	}
	return n, nil
}

// sweep removes the temporary files that other tools left of the token file at path.
func sweep(ctx context.Context, path string) error {
	dir, base := filepath.Split(path)
	_, err := atomicfile.RemoveMatching(ctx, filepath.Clean(dir), func(name string) bool {
		of, temp := tempOf(name)
		return temp && of == base
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("tokencache: sweep: %w", err)
	}
	return nil
}

// tempOf reports whether name is that of a temporary file of Latchkey, the AWS SDK for Go or
// botocore. It returns the name of the file to replace, empty for botocore's.
func tempOf(name string) (base string, ok bool) {
	if base, ok = atomicfile.TempOf(name); ok {
		return base, filepath.Ext(base) == extension || filepath.Ext(base) == noteExtension
	}
	if base, digits, ok := strings.Cut(name, extension+".tmp-"); ok && consistsOf(digits, "0123456789") {
		return base + extension, true
	}
	middle, hasEnd := strings.CutSuffix(name, ".tmp")
	middle, hasStart := strings.CutPrefix(middle, "tmp")
	return "", hasStart && hasEnd && len(middle) == 8 && consistsOf(middle, "abcdefghijklmnopqrstuvwxyz0123456789_")
}

// isTokenName reports whether Path returns a file of that name.
func isTokenName(name string) bool {
	sum, ok := strings.CutSuffix(name, extension)
	return ok && len(sum) == 2*sha1.Size && consistsOf(sum, "0123456789abcdef")
}

func consistsOf(s, characters string) bool {
	return s != "" && strings.Trim(s, characters) == ""
}

func isUnreadable(path string) bool {
	f, _, err := atomicfile.Open(path)
	if err != nil {
		return errors.Is(err, fs.ErrPermission)
	}
	_ = f.Close()
	return false
}
