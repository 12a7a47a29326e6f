//go:build unix

package doctor

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUser reports whether the file belongs to the user. Root may act for any user.
func ownedByUser(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || os.Geteuid() == 0 || int(stat.Uid) == os.Geteuid()
}

func othersCanRead(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
