//go:build unix

package credserver

import "syscall"

// openFiles returns how many files this process may open, or enough for maxConnections if it may open
// more.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 2 * maxConnections
	}
	return int(min(limit.Cur, 2*maxConnections))
}
