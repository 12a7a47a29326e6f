package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/latchkey-sso/latchkey/internal/terminaltest"
)

// TestTerminalScripts runs testdata/terminal/*.txtar: the scripts of TestScripts that need
// a terminal and input.
func TestTerminalScripts(t *testing.T) {
	handleSignals(t)
	params := scriptParams("testdata/terminal")
	params.Setup = func(env *testscript.Env) error {
		env.Values[onTerminalKey{}] = new(*terminaltest.Program)
		return setup(env)
	}
	params.Cmds["term"] = startOnTerminal
	params.Cmds["see"] = see
	params.Cmds["signal"] = sendSignal
	params.Cmds["type"] = typeKeys
	params.Cmds["ends"] = ends
	testscript.Run(t, params)
}

// onTerminalKey is the key of the latest program in the values of a script's environment.
type onTerminalKey struct{}

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
	out, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	defer out.Close()
	path := args[0]
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			path = filepath.Join(dir, path)
			break
		}
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout = ts.MkAbs("."), environOf(ts), out
	p, err := terminaltest.Start(cmd, columns)
	ts.Check(err)
	latest, _ := ts.Value(onTerminalKey{}).(**terminaltest.Program)
	*latest = p
	ts.Defer(func() { _ = cmd.Process.Kill() })
}

func current(ts *testscript.TestScript) *terminaltest.Program {
	p, _ := ts.Value(onTerminalKey{}).(**terminaltest.Program)
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

// see waits until the terminal shows a match, after the previous one.
//
//	see REGEXP
func see(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: see regexp")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ts.Check(current(ts).See(re))
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
	ts.Check(current(ts).Type(text))
}

// ends waits for the program to exit with that code, which is 128+N if signal N killed it, as in a
// shell. It checks that the program restored the terminal and showed no secret.
//
//	ends CODE
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ends code")
	}
	p := current(ts)
	err := p.Wait()
	code := p.Cmd.ProcessState.ExitCode()
	if status, ok := p.Cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("%v, want exit code %s\n%s", p.Cmd.ProcessState, args[0], p.Shown())
	}
	ts.Check(err)
	if secrets.MatchString(p.Shown()) {
		ts.Fatalf("a secret on the terminal:\n%s", p.Shown())
	}
	ts.Logf("[terminal]\n%s", p.Shown())
}

// sendSignal sends a signal to the program.
//
//	signal NAME
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: signal name")
	}
	ts.Check(current(ts).Cmd.Process.Signal(unix.SignalNum(args[0])))
}
