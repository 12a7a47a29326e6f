//go:build !unix

package doctor

import (
	"io/fs"
	"os"
)

// ownedByUser is true: the access list of a file decides, not its owner.
func ownedByUser(fs.FileInfo) bool { return true }

func ownerFix(path string) string {
	return "icacls " + quoted(path) + " /grant " + quoted(os.Getenv("USERNAME")+":F")
}

func privateFix(path string) string {
	return "icacls " + quoted(path) + " /inheritance:r /grant:r " + quoted(os.Getenv("USERNAME")+":F")
}
