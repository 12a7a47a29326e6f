package cachefile

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: names files, as in every AWS tool; no security depends on it
	"encoding/hex"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// Extension is the extension of every cache file.
const Extension = ".json"

// HashName returns the file name that AWS tools derive from a key: its SHA-1 and Extension.
func HashName(key []byte) string {
	sum := sha1.Sum(key) //nolint:gosec // G401: see the import
	return hex.EncodeToString(sum[:]) + Extension
}

// IsHashName reports whether name has the form of a name from [HashName].
func IsHashName(name string) bool {
	sum, ok := strings.CutSuffix(name, Extension)
	return ok && len(sum) == 2*sha1.Size && strings.Trim(sum, "0123456789abcdef") == ""
}

// WithExtension returns path with its extension replaced.
func WithExtension(path, extension string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + extension
}

// SiblingPath returns the path of a file that belongs to the cache file at path and differs
// from it in the extension. See [atomicfile.Sibling].
func SiblingPath(ctx context.Context, path, extension string) (string, error) {
	return atomicfile.Do(ctx, func() (string, error) {
		return atomicfile.Sibling(path, func(target string) string { return WithExtension(target, extension) })
	}, nil)
}
