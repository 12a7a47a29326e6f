//go:build !windows

package command

import (
	"cmp"
	"context"
	"os"
	"syscall"
)

// runProgram replaces this process with a program. It returns only if that fails.
func runProgram(_ context.Context, path string, args, env []string) error {
	return runError(path, syscall.Exec(path, args, env)) //nolint:gosec // G204: the user says what to run
}

// userShell returns the shell of the user.
func userShell() string { return cmp.Or(os.Getenv("SHELL"), "/bin/sh") }
