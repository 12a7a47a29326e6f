package cachefile

import (
	"os"
	"path/filepath"
)

// PathOf returns the path of the file that holds the token of key in a tokencache.Cache, or "" if the
// cache has no files.
func PathOf(cache any, key string) string {
	if files, ok := cache.(interface{ Path(key string) string }); ok {
		return files.Path(key)
	}
	return ""
}

// SamePath reports whether two paths lead to the same file, which need not exist. An empty path
// leads to none.
func SamePath(a, b string) bool {
	switch {
	case a == "" || b == "":
		return false
	case a == b || sameFile(a, b):
		return true
	}
	return filepath.Base(a) == filepath.Base(b) && sameFile(filepath.Dir(a), filepath.Dir(b))
}

func sameFile(a, b string) bool {
	one, errA := os.Stat(a)
	other, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, other)
}
