package child_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestInterruptFromTerminal presses Ctrl-C: the terminal interrupts both processes, and the child must
// not be interrupted a second time.
func TestInterruptFromTerminal(t *testing.T) {
	ours, theirs := openTerminal(t)
	cmd := parent(t, `exec "`+os.Args[0]+`" count`)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const presses = 20 // two signals at once count as one: some would be seen apart
	screen := bufio.NewReader(ours)
	got := 0
	readUntil := func(word string) {
		for line := ""; !strings.Contains(line, word); {
			var err error
			if line, err = screen.ReadString('\n'); err != nil {
				t.Fatalf("no %q: %v", word, err)
			}
			if strings.Contains(line, "interrupted") {
				got++
			}
		}
	}
	send := func(s os.Signal) {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	readUntil("ready")
	for range presses {
		if _, err := ours.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		readUntil("interrupted")
		send(syscall.SIGUSR1) // which the parent forwards after everything that it makes of Ctrl-C
		readUntil("ready")
	}
	send(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if got != presses {
		t.Errorf("%d interrupts, want %d", got, presses)
	}
}

// openTerminal returns both ends of a new terminal.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours = open(t, "/dev/ptmx")
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return ours, open(t, fmt.Sprintf("/dev/pts/%d", n))
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
