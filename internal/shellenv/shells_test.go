package shellenv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/shellenv"
)

// awkward is a value with everything that some shell gives a meaning.
const awkward = "a b'c\"d$HOME`x`$(y)" + `\e\\f\'g!h%PATH%i{j}*?[k]~#l&m|n;o<p>q’r‘s^t,u@v` + "é本"

// programs are the shells that read each format, and a script for them: @ stands for the command that makes the change.
var programs = map[shellenv.Shell]struct {
	names  []string
	script string
}{
	shellenv.Sh:      {[]string{"sh", "bash", "dash", "zsh"}, "@\nprintf '%s|%s|%s' \"$A\" \"$B\" \"$C\""},
	shellenv.Fish:    {[]string{"fish"}, "@\nprintf '%s|%s|%s' \"$A\" \"$B\" \"$C\""},
	shellenv.Tcsh:    {[]string{"tcsh"}, "@\nif ( $?C ) echo C is set\nprintenv A | tr -d '\\n'; echo -n '|'; printenv B | tr -d '\\n'; echo -n '|'"},
	shellenv.Elvish:  {[]string{"elvish"}, "@\nprint $E:A'|'$E:B'|'; if (has-env C) { print still here }"},
	shellenv.Nushell: {[]string{"nu"}, "@\n^printenv A | str trim | print -n; print -n '|'; ^printenv B | str trim | print -n; print -n '|'; try { ^printenv C | print -n }"},
}

// TestShells makes a change in each real shell and prints the variables.
func TestShells(t *testing.T) {
	change := shellenv.Change{
		Set:   []shellenv.Variable{{Name: "A", Value: awkward}, {Name: "B", Value: "2"}},
		Unset: []string{"C", "NOT_THERE"},
	}
	for shell, p := range programs {
		text, err := shell.Format(change)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range p.names {
			t.Run(name, func(t *testing.T) {
				path := find(t, name)
				dir := t.TempDir()
				filetest.Write(t, filepath.Join(dir, "change"), text)
				script := filepath.Join(dir, "script")
				filetest.Write(t, script, strings.Replace(p.script, "@", shell.Load("cat change"), 1))
				if out := runShell(t, dir, path, script); out != awkward+"|2|" {
					t.Errorf("got %s\nwant %s|2|\nfrom %s", out, awkward, text)
				}
			})
		}
	}
}

// TestJoinedLines: a change works without quotes around $(...), where eval joins the lines.
func TestJoinedLines(t *testing.T) {
	text, err := shellenv.Sh.Format(shellenv.Change{Set: []shellenv.Variable{{Name: "A", Value: "1"}, {Name: "B", Value: "it's"}}, Unset: []string{"C"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	filetest.Write(t, filepath.Join(dir, "change"), text)
	filetest.Write(t, filepath.Join(dir, "script"), "eval $(cat change)\nprintf '%s|%s|%s' \"$A\" \"$B\" \"$C\"")
	if out := runShell(t, dir, find(t, "sh"), filepath.Join(dir, "script")); out != "1|it's|" {
		t.Errorf("got %s", out)
	}
}

// find returns the path of a shell. Built with the tag shells, the test fails without it.
func find(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && required(name) {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	return path
}

func required(name string) bool {
	return allShells && name != "nu" || runtime.GOOS != "windows" && slices.Contains([]string{"sh", "bash"}, name)
}

func runShell(t *testing.T, dir, shell, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), shell, script)
	cmd.Dir = dir
	cmd.Env = []string{"C=still here", "HOME=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	return string(out)
}
