//go:build !unix

package doctor

import "io/fs"

// Access control lists protect files here, and the user's home directory has one.

func ownedByUser(fs.FileInfo) bool { return true }

func othersCanRead(fs.FileInfo) bool { return false }
