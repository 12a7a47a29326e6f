//go:build !windows

package child_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/child"
)

// TestMain makes this binary two other programs: one that runs the shell script in $SCRIPT as its
// child, and, with the argument "count", a child that counts how often it is interrupted. It lets the programs
// receive the signals of the tests, also if this process ignores them, as under nohup.
func TestMain(m *testing.M) {
	script := os.Getenv("SCRIPT")
	switch {
	case len(os.Args) == 2 && os.Args[1] == "count":
		countInterrupts()
		return
	case script == "":
		for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} {
			if signal.Ignored(s) {
				signal.Notify(make(chan os.Signal, 1), s)
			}
		}
		os.Exit(m.Run())
	}
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	state, err := child.Run(cmd)
	switch {
	case err != nil:
		os.Exit(100)
	case child.Signal(state) != nil:
		os.Exit(100 + int(child.Signal(state).(syscall.Signal)))
	}
	os.Exit(state.ExitCode())
}

// countInterrupts prints a line for each SIGINT and SIGUSR1, until SIGTERM.
func countInterrupts() {
	received := make(chan os.Signal, 10)
	signal.Notify(received, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGTERM)
	fmt.Println("ready")
	for s := range received {
		switch s {
		case syscall.SIGINT:
			fmt.Println("interrupted")
		case syscall.SIGUSR1:
			fmt.Println("ready")
		default:
			return
		}
	}
}

// parent is this binary with a script as its child, in its own session.
func parent(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "SCRIPT="+script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

func TestExit(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0":        0,
		"exit 7":        7,
		"kill -KILL $$": 109,
	} {
		cmd := parent(t, script)
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%q: exit code %d, want %d", script, got, want)
		}
	}
}

func TestNotStarted(t *testing.T) {
	if _, err := child.Run(exec.CommandContext(t.Context(), "/nonexistent/program")); err == nil {
		t.Error("no error")
	}
}

// TestSignals sends signals to the parent. Without a terminal, the child gets each of them once.
func TestSignals(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} {
		cmd := parent(t, `trap 'exit 42' TERM INT QUIT HUP USR1 USR2; echo ready; while :; do sleep 0.01; done`)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != 42 {
			t.Errorf("%v: exit code %d, want 42", s, got)
		}
	}
}
