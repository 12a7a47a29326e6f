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

func ownerFix(path string) string { return "sudo chown $(id -u) " + quoted(path) }

func privateFix(path string) string { return "chmod 600 " + quoted(path) }
