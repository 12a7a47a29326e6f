//go:build !unix

package doctor

import "io/fs"

// Elsewhere access control lists protect the home directory.

func ownedByUser(fs.FileInfo) bool { return true }

func othersCanRead(fs.FileInfo) bool { return false }
