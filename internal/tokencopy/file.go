package tokencopy

import (
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// File returns the path of the file that holds the token of key, or "" if the cache has no files.
func File(tokens tokencache.Cache, key string) string {
	if files, ok := tokens.(interface{ Path(key string) string }); ok {
		return files.Path(key)
	}
	return ""
}

// SameFile reports whether both caches keep the token of key in the same file, which need not exist.
func SameFile(a, b tokencache.Cache, key string) bool {
	one, other := File(a, key), File(b, key)
	if one == "" || other == "" {
		return false
	}
	return one == other || isSame(one, other) || isSame(filepath.Dir(one), filepath.Dir(other))
}

func isSame(a, b string) bool {
	one, errA := os.Stat(a)
	other, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, other)
}
