package command

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"os/signal"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
)

// TestMain makes the command and a browser available to the scripts.
func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "8") // scripts mostly wait
	testscript.Main(tests{m}, map[string]func(){
		"latchkey": func() {
			os.Exit(Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr, ciphertest.NewDriver("sealed")))
		},
		"click": clickApprove,
	})
}

// tests lets the commands that tests start receive Ctrl-C, also if this process ignores it, as a background job of a
// script does: a child inherits that.
type tests struct{ *testing.M }

func (t tests) Run() int {
	if signal.Ignored(os.Interrupt) {
		signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	}
	return t.M.Run()
}

// TestScripts runs testdata/script/*.txtar. script_test.go documents their commands.
func TestScripts(t *testing.T) {
	testscript.Run(t, scriptParams("testdata/script"))
}

func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		Setup:               setup,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"idc":        idc,
			"signin":     signin,
			"exits":      exits,
			"empty":      empty,
			"executable": executable,
			"internet":   internet,
		},
	}
}

// full is a writer that always fails.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// TestStdoutFull checks that a failed write to stdout is an error, also if cobra prints.
func TestStdoutFull(t *testing.T) {
	for _, line := range []string{"", "--version", "help", "help login", "login --help", "completion", "completion bash"} {
		var stderr strings.Builder
		if code := Run(t.Context(), strings.Fields(line), full{}, &stderr); code != exitFailed {
			t.Errorf("latchkey %s: exit code %d, want %d", line, code, exitFailed)
		}
		if stderr.String() != "latchkey: no space left\n" {
			t.Errorf("latchkey %s: stderr is %q", line, stderr.String())
		}
		if code := Run(t.Context(), strings.Fields(line), io.Discard, &stderr); code != exitDone {
			t.Errorf("latchkey %s: exit code %d, want %d", line, code, exitDone)
		}
	}
}

// TestEveryCommandHasAnExample checks that each help text has a command line to copy.
func TestEveryCommandHasAnExample(t *testing.T) {
	a := &app{stdout: io.Discard, stderr: io.Discard}
	for _, cmd := range a.rootCommand().Commands() {
		if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		if !strings.Contains(cmd.Example, "latchkey "+cmd.Name()) {
			t.Errorf("latchkey %s --help has no example", cmd.Name())
		}
		if cmd.GroupID == "" {
			t.Errorf("latchkey %s is in no group", cmd.Name())
		}
	}
}

// TestOneCommand checks that a command built alone equals the one built with all others.
func TestOneCommand(t *testing.T) {
	a := &app{stdout: io.Discard, stderr: io.Discard}
	for _, want := range a.rootCommand().Commands() {
		if want.Name() == "help" || want.Name() == "completion" || want.Hidden {
			continue
		}
		root := a.rootCommand(want.Name())
		if len(root.Commands()) != 1 || root.Commands()[0].Name() != want.Name() {
			t.Errorf("%s is not built alone: %d commands", want.Name(), len(root.Commands()))
			continue
		}
		if got := root.Commands()[0]; got.UsageString() != want.UsageString() || got.Long != want.Long {
			t.Errorf("%s built alone differs:\n%s\nwant\n%s", want.Name(), got.UsageString(), want.UsageString())
		}
	}
}
