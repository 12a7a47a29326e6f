//go:build !unix

package doctor

import (
	"io/fs"
	"os/user"
)

// ownedByUser is true: the access list of a file decides, not its owner.
func ownedByUser(fs.FileInfo) bool { return true }

func ownerFix(path string) string {
	return "icacls " + quoted(path) + " /grant " + quoted(account()+":F")
}

func privateFix(path string) string {
	return "icacls " + quoted(path) + " /inheritance:r /grant:r " + quoted(account()+":F")
}

// account returns the name of the user for icacls.
func account() string {
	u, err := user.Current()
	if err != nil {
		return "NAME"
	}
	return u.Username
}
