package command

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestTerminalScripts runs testdata/terminal/*.txtar: the scripts of TestScripts that need
// a terminal and input.
func TestTerminalScripts(t *testing.T) {
	params := scriptParams("testdata/terminal")
	params.Setup = func(env *testscript.Env) error {
		env.Values[onTerminalKey{}] = new(*onTerminal)
		return setup(env)
	}
	params.Cmds["term"] = startOnTerminal
	params.Cmds["see"] = see
	params.Cmds["signal"] = sendSignal
	params.Cmds["type"] = typeKeys
	params.Cmds["ends"] = ends
	testscript.Run(t, params)
}

// newTerminal returns both ends of a new terminal.
func newTerminal() (ours, theirs *os.File, err error) {
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

// onTerminal is a program on a terminal.
type onTerminal struct {
	ours, theirs *os.File
	cmd          *exec.Cmd
	before       *unix.Termios

	mu     sync.Mutex
	shown  string // without escape sequences; what goes back to the start of a line is a new line
	seen   int    // bytes of shown
	failed error  // of reading: the program has ended
}

// onTerminalKey is the key of the latest one in the values of a script's environment.
type onTerminalKey struct{}

// escapes are the control sequences of ECMA-48.
var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// startOnTerminal starts a program on a new terminal, 80 columns wide or so many. Stdout goes to the
// file out.
//
//	term [-columns=N] PROGRAM [ARGS...]
func startOnTerminal(ts *testscript.TestScript, neg bool, args []string) {
	columns := 80
	if n, ok := strings.CutPrefix(args[0], "-columns="); ok {
		columns, _ = strconv.Atoi(n)
		args = args[1:]
	}
	if neg || len(args) == 0 {
		ts.Fatalf("usage: term [-columns=N] program [args...]")
	}
	p := &onTerminal{}
	var err error
	p.ours, p.theirs, err = newTerminal()
	ts.Check(err)
	ts.Check(unix.IoctlSetWinsize(int(p.theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)}))
	p.before, err = unix.IoctlGetTermios(int(p.theirs.Fd()), unix.TCGETS)
	ts.Check(err)
	out, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	path := args[0]
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			path = filepath.Join(dir, path)
			break
		}
	}
	p.cmd = exec.Command(path, args[1:]...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = environOf(ts)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = p.theirs, out, p.theirs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(p.cmd.Start())
	out.Close()
	go p.read()
	latest, _ := ts.Value(onTerminalKey{}).(**onTerminal)
	*latest = p
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
}

func current(ts *testscript.TestScript) *onTerminal {
	p, _ := ts.Value(onTerminalKey{}).(**onTerminal)
	if *p == nil {
		ts.Fatalf("no program on a terminal: see term")
	}
	return *p
}

// environOf returns the environment of a script.
func environOf(ts *testscript.TestScript) []string {
	ts.Check(ts.Exec("env", "-0"))
	return strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\x00"), "\x00")
}

func (p *onTerminal) read() {
	buf := make([]byte, 4096)
	var raw strings.Builder
	for {
		n, err := p.ours.Read(buf)
		raw.Write(buf[:n])
		p.mu.Lock()
		text := escapes.ReplaceAllString(raw.String(), "")
		p.shown, p.failed = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), err
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// see waits until the terminal shows a match, after the previous one.
//
//	see REGEXP
func see(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: see regexp")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	p := current(ts)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		p.mu.Lock()
		rest, failed := p.shown[p.seen:], p.failed
		found := re.FindStringIndex(rest)
		if found != nil {
			p.seen += found[1]
		}
		p.mu.Unlock()
		switch {
		case found != nil:
			return
		case failed != nil, time.Now().After(deadline):
			ts.Fatalf("not seen: %s\nin:\n%s", args[0], rest)
		}
	}
}

// typeKeys types text. It has the escapes of Go, such as \r for Enter.
//
//	type TEXT
func typeKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: type text")
	}
	text, err := strconv.Unquote(`"` + args[0] + `"`)
	ts.Check(err)
	_, err = current(ts).ours.WriteString(text)
	ts.Check(err)
}

// ends waits for the program to exit with that code, and checks that it restored the terminal and
// showed no secret.
//
//	ends CODE
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ends code")
	}
	p := current(ts)
	hung := time.AfterFunc(30*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer hung.Stop()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if got := strconv.Itoa(p.cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("%v, want exit code %s\n%s", p.cmd.ProcessState, args[0], p.shown)
	}
	after, err := unix.IoctlGetTermios(int(p.theirs.Fd()), unix.TCGETS)
	ts.Check(err)
	if *after != *p.before {
		ts.Fatalf("the terminal is not as before: %+v, was %+v", after, p.before)
	}
	if secrets.MatchString(p.shown) {
		ts.Fatalf("a secret on the terminal:\n%s", p.shown)
	}
	ts.Logf("[terminal]\n%s", p.shown)
	p.ours.Close()
	p.theirs.Close()
}

// sendSignal sends a signal to the program.
//
//	signal NAME
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: signal name")
	}
	ts.Check(current(ts).cmd.Process.Signal(unix.SignalNum(args[0])))
}
