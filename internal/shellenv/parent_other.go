//go:build !linux && !darwin && !windows

package shellenv

// parentProgram is not implemented on this system.
func parentProgram() string { return "" }
