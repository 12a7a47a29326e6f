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

// Sweep removes what may hold a token and is no entry of Entries: the temporary files
// that killed processes left behind, of ours and of other AWS tools, and the token files
// that cannot be read, as one that belongs to root. It is for a sign-out of everything, as
// it does not wait for a write under way, which then fails. It returns how many files it
// removed, goes on after one that it cannot remove, and returns such errors joined.
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

// sweep removes the temporary files of the token file at path that other tools left
// behind.
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

// tempOf reports whether name is one of a temporary file of ours, of the AWS SDK for Go or
// of botocore, and returns the name of the file it was to replace, which is not known of
// botocore's.
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

// isTokenName reports whether name is one that Path returns.
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
