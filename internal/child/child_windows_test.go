package child_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/latchkey-sso/latchkey/internal/child"
)

// TestMain makes this binary other programs. Their first argument says which.
func TestMain(m *testing.M) {
	programs := map[string]func() int{
		"run":       func() int { return runChild(os.Args[2:]) },
		"wait":      wait,
		"leave":     leave,
		"interrupt": interrupt,
	}
	if len(os.Args) > 1 && programs[os.Args[1]] != nil {
		os.Exit(programs[os.Args[1]]())
	}
	os.Exit(m.Run())
}

// runChild runs this binary as the child, with the arguments.
func runChild(args []string) int {
	state, err := child.Run(self(args...))
	if err != nil {
		return 100
	}
	return state.ExitCode()
}

func self(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// wait prints a line when it starts, and another one when its input ends.
func wait() int {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println("done")
	return 7
}

// leave starts a program and does not wait for it.
func leave() int {
	if self("wait").Start() != nil {
		return 100
	}
	return 0
}

// interrupt presses Ctrl-C on the console.
func interrupt() int {
	received := make(chan os.Signal, 1)
	signal.Notify(received, os.Interrupt)
	if windows.GenerateConsoleCtrlEvent(windows.CTRL_C_EVENT, 0) != nil {
		return 100
	}
	select {
	case <-received:
		time.Sleep(100 * time.Millisecond) // the parent would die by then
		return 5
	case <-time.After(time.Minute):
		return 101
	}
}

// parent is this binary with a child. Read ends when no program is left that has its output open.
type parent struct {
	*exec.Cmd

	input  io.Closer
	output *bufio.Reader
}

func start(t *testing.T, args ...string) *parent {
	t.Helper()
	p := &parent{Cmd: exec.CommandContext(t.Context(), os.Args[0], append([]string{"run"}, args...)...)}
	in, err1 := p.StdinPipe()
	out, err2 := p.StdoutPipe()
	if err1 != nil || err2 != nil || p.Start() != nil {
		t.Fatal("not started")
	}
	p.input, p.output = in, bufio.NewReader(out)
	if line, err := p.output.ReadString('\n'); strings.TrimSpace(line) != "ready" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return p
}

func TestExit(t *testing.T) {
	p := start(t, "wait")
	p.input.Close()
	_, _ = io.Copy(io.Discard, p.output)
	_ = p.Wait()
	if code := p.ProcessState.ExitCode(); code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
}

// TestKilled: no program outlives a parent that is killed. Its child has a child.
func TestKilled(t *testing.T) {
	p := start(t, "run", "wait")
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { p.input.Close() }).Stop() // if it lives on
	if rest, err := io.ReadAll(p.output); err != nil || len(rest) > 0 {
		t.Errorf("after the kill: %q, %v", rest, err)
	}
	_ = p.Wait()
}

// TestLeft: a program that the child leaves behind outlives both.
func TestLeft(t *testing.T) {
	p := start(t, "leave")
	if _, err := p.Process.Wait(); err != nil {
		t.Fatal(err)
	}
	p.input.Close()
	if rest, err := io.ReadAll(p.output); err != nil || strings.TrimSpace(string(rest)) != "done" {
		t.Errorf("it says %q, %v", rest, err)
	}
}

// TestInterruptFromConsole presses Ctrl-C: the parent waits for what the child makes of it.
func TestInterruptFromConsole(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "run", "interrupt")
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_CONSOLE, HideWindow: true}
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
}
