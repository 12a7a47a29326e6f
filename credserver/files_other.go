//go:build !unix

package credserver

// openFiles returns enough for maxConnections: Windows has no such limit.
func openFiles() int { return 2 * maxConnections }
