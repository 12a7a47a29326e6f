// Package gotool runs the go command.
package gotool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Root returns the directory of Latchkey's go.mod, seen from bench or from a package in it.
func Root() (string, error) {
	for _, dir := range []string{"..", "../.."} {
		if _, err := os.Stat(filepath.Join(dir, "cmd", "latchkey")); err == nil {
			return filepath.Abs(dir)
		}
	}
	return "", errors.New("no cmd/latchkey in a parent directory: run it in bench")
}

// Run runs the go command in dir, with more variables, and returns its output.
func Run(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, nil
}

// Build builds the latchkey command and programs of this module into dir, as releases are built: without cgo, a program
// does not wait a millisecond for the dynamic linker.
func Build(ctx context.Context, dir string, programs ...string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	for from, packages := range map[string][]string{filepath.Join(root, "bench"): programs, root: {"./cmd/latchkey"}} {
		args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", dir + string(filepath.Separator)}, packages...)
		if _, err := Run(ctx, from, []string{"CGO_ENABLED=0"}, args...); err != nil {
			return err
		}
	}
	return nil
}
