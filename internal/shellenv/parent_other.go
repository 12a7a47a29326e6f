//go:build !linux && !darwin && !windows

package shellenv

// parentProgram cannot tell on this system.
func parentProgram() string { return "" }
