//go:build !windows

package command

// withoutBlanks returns the path. Blanks can be quoted here.
func withoutBlanks(path string) string { return path }
