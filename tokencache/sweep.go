package tokencache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Sweep implements [Sweeper]. It removes the temporary files that killed processes of
// Latchkey and other AWS tools left behind, and token files that cannot be read, such as those
// owned by root. A concurrent write may fail: Sweep is for signing out of all sessions.
func (d Dir) Sweep(ctx context.Context) (int, error) { return d.sweep(ctx, isUnreadable) }

// Sweep implements [Sweeper]. It also removes files that cannot be decrypted now: any of them may hold
// a token.
func (d EncryptedDir) Sweep(ctx context.Context) (int, error) {
	return d.sweep(ctx, func(path string) bool { return isUnreadable(path) || d.files().isUndecryptable(ctx, path) })
}

// sweep removes temporary files, and files with the name of a token file that are unreadable.
func (d Dir) sweep(ctx context.Context, unreadable func(path string) bool) (int, error) {
	n, err := atomicfile.RemoveMatching(ctx, string(d), func(name string) bool {
		_, temp := tempTarget(name)
		return temp || cachefile.IsHashName(name) && unreadable(filepath.Join(string(d), name))
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return n, fmt.Errorf("tokencache: sweep: %w", err)
	}
	return n, nil
}

// removeTemporary removes the temporary files of the token file at path.
func removeTemporary(ctx context.Context, path string) error {
	dir, base := filepath.Split(path)
	_, err := atomicfile.RemoveMatching(ctx, filepath.Clean(dir), func(name string) bool {
		target, temp := tempTarget(name)
		return temp && target == base
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("tokencache: sweep: %w", err)
	}
	return nil
}

// tempTarget reports whether name is the name of a temporary file of Latchkey, the AWS SDK for
// Go or botocore. It returns the name of the file that the temporary file would replace, which
// is empty for botocore.
func tempTarget(name string) (base string, ok bool) {
	if base, ok = atomicfile.TempTarget(name); ok {
		return base, filepath.Ext(base) == cachefile.Extension || filepath.Ext(base) == noteExtension
	}
	if base, digits, ok := strings.Cut(name, cachefile.Extension+".tmp-"); ok && consistsOf(digits, "0123456789") {
		return base + cachefile.Extension, true
	}
	middle, hasEnd := strings.CutSuffix(name, ".tmp")
	middle, hasStart := strings.CutPrefix(middle, "tmp")
	return "", hasStart && hasEnd && len(middle) == 8 && consistsOf(middle, "abcdefghijklmnopqrstuvwxyz0123456789_")
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

// isUndecryptable reports whether the file cannot be decrypted, or not now.
func (f files) isUndecryptable(ctx context.Context, path string) bool {
	err := cachefile.Read(ctx, path, f.decrypting(ctx, path, func([]byte) error { return nil }))
	return ctx.Err() == nil && (errors.As(err, new(*cachefile.DamageError)) || errors.As(err, new(*cachefile.KeyError)))
}
