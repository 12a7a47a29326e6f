package command

import (
	"cmp"
	"context"
	"os"
)

// runProgram runs a program as a child process, since Windows cannot replace this one.
func runProgram(ctx context.Context, path string, args, env []string) error {
	return runError(path, runChild(program(ctx, path, args, env)))
}

// userShell returns the shell of the user.
func userShell() string { return cmp.Or(os.Getenv("COMSPEC"), "cmd.exe") }
