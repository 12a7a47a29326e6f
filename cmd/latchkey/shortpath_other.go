//go:build !windows

package main

// withoutBlanks returns the path. Blanks can be quoted here.
func withoutBlanks(path string) string { return path }
