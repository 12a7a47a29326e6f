package terminaltest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long See and Wait wait. It is long: the machine may be busy.
const patience = 2 * time.Minute

// end follows the last output of a program. No program sends it.
const end = "\x1b[99z"

// Program is a program on a terminal.
type Program struct {
	// Cmd is the running program.
	Cmd *exec.Cmd

	ours, theirs *os.File
	before       *unix.Termios

	mu     sync.Mutex
	shown  string
	seen   int           // bytes of shown
	failed error         // of reading: the program has exited
	read   chan struct{} // closed after that, or after end
}

// Open returns both ends of a new terminal.
func Open() (ours, theirs *os.File, err error) {
	ours, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	return ours, theirs, err
}

// Start starts cmd on a new terminal that many columns wide. It sets Stdin and Stderr, and Stdout if it is nil.
func Start(cmd *exec.Cmd, columns int) (*Program, error) {
	p := &Program{Cmd: cmd, read: make(chan struct{})}
	var err error
	if p.ours, p.theirs, err = Open(); err != nil {
		return nil, err
	}
	if err := unix.IoctlSetWinsize(int(p.theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)}); err != nil { //nolint:gosec // narrow
		return nil, err
	}
	if p.before, err = unix.IoctlGetTermios(int(p.theirs.Fd()), unix.TCGETS); err != nil {
		return nil, err
	}
	cmd.Stdin, cmd.Stderr = p.theirs, p.theirs
	if cmd.Stdout == nil {
		cmd.Stdout = p.theirs
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go p.follow()
	return p, nil
}

// escapes are the control sequences of ECMA-48.
var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

func (p *Program) follow() {
	defer close(p.read)
	buf := make([]byte, 4096)
	var raw strings.Builder
	for {
		n, err := p.ours.Read(buf)
		raw.Write(buf[:n])
		p.mu.Lock()
		text := escapes.ReplaceAllString(raw.String(), "")
		p.shown, p.failed = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), err
		p.mu.Unlock()
		if err != nil || strings.Contains(raw.String(), end) {
			return
		}
	}
}

// Shown returns what the terminal has shown, without escape sequences. A return to the start of a line is a new line.
func (p *Program) Shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown
}

// See waits until the terminal shows a match behind the previous one.
func (p *Program) See(re *regexp.Regexp) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) { //nolint:forbidigo // a real program
		p.mu.Lock()
		rest, failed := p.shown[p.seen:], p.failed
		found := re.FindStringIndex(rest)
		if found != nil {
			p.seen += found[1]
		}
		p.mu.Unlock()
		switch {
		case found != nil:
			return nil
		case failed != nil, time.Now().After(deadline): //nolint:forbidigo // a real program
			return fmt.Errorf("not seen: %s\nin:\n%s", re, rest)
		}
	}
}

// Type types text. Enter is \r.
func (p *Program) Type(text string) error {
	_, err := p.ours.WriteString(text)
	return err
}

// Wait waits for the program to exit, and closes the terminal. Its exit code is in Cmd.ProcessState. Wait
// returns an error if the program has not restored the terminal.
func (p *Program) Wait() error {
	hung := time.AfterFunc(patience, func() { _ = p.Cmd.Process.Kill() })
	defer hung.Stop()
	var exit *exec.ExitError
	if err := p.Cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	after, err := unix.IoctlGetTermios(int(p.theirs.Fd()), unix.TCGETS)
	if err == nil && *after != *p.before {
		err = fmt.Errorf("the terminal is not as before: %+v, was %+v", after, p.before)
	}
	// What the program wrote last comes before this. A program in the background may still have the terminal open.
	if _, writeErr := p.theirs.WriteString(end); err == nil {
		err = writeErr
	}
	p.theirs.Close()
	<-p.read
	p.ours.Close()
	return err
}
