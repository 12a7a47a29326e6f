package shellenv_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/shellenv"
)

func TestFormat(t *testing.T) {
	change := shellenv.Change{Set: []shellenv.Variable{{Name: "A", Value: `it's ’\!`}}, Unset: []string{"B"}}
	for shell, want := range map[shellenv.Shell]string{
		shellenv.Sh:         "unset B;\nexport A='it'\\''s ’\\!';\n",
		shellenv.Fish:       "set -e B;\nset -gx A 'it\\'s ’\\\\!';\n",
		shellenv.Tcsh:       "unsetenv B;\nsetenv A 'it'\\''s ’\\\\!';\n",
		shellenv.Elvish:     "unset-env B\nset-env A 'it''s ’\\!'\n",
		shellenv.PowerShell: "Remove-Item Env:B -ErrorAction Ignore\n$Env:A = 'it''s ’’\\!'\n",
		shellenv.Cmd:        "set \"B=\"\nset \"A=it's ’\\!\"\n",
		shellenv.DotEnv:     "A=it's ’\\!\n",
		shellenv.JSON:       "{\n  \"A\": \"it's ’\\\\!\"\n}\n",
		shellenv.Nushell:    "{\n  \"A\": \"it's ’\\\\!\",\n  \"B\": null\n}\n",
	} {
		got, err := shell.Format(change)
		if err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", shell, err, got, want)
		}
	}
}

// TestUnwritable holds that a value is an error where it would end early, or be replaced.
func TestUnwritable(t *testing.T) {
	for _, tt := range []struct {
		shell shellenv.Shell
		bad   string
	}{
		{shellenv.Cmd, "a\"b"},
		{shellenv.Cmd, "%PATH%"},
		{shellenv.Cmd, "a\nb"},
		{shellenv.DotEnv, "a\nb"},
		{shellenv.DotEnv, "a\rb"},
		{shellenv.Tcsh, "a\nb"},
		{shellenv.Sh, "a\x00b"},
		{shellenv.JSON, "a\x00b"},
	} {
		text, err := tt.shell.Format(shellenv.Change{Set: []shellenv.Variable{{Name: "SECRET", Value: "hunter2" + tt.bad}}})
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %q, %v", tt.shell, text, err)
		}
	}
}

func TestParse(t *testing.T) {
	for _, name := range shellenv.Names() {
		if s, ok := shellenv.Parse(name); !ok || string(s) != name {
			t.Errorf("%s: %s, %v", name, s, ok)
		}
	}
	for name, want := range map[string]shellenv.Shell{"zsh": shellenv.Sh, "pwsh": shellenv.PowerShell, "nu": shellenv.Nushell, "csh": shellenv.Tcsh} {
		if s, ok := shellenv.Parse(name); !ok || s != want {
			t.Errorf("%s: %s, %v", name, s, ok)
		}
	}
	if s, ok := shellenv.Parse("python"); ok {
		t.Errorf("python is %s", s)
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"dev": "dev", "a-b_c.d/e:f+g": "a-b_c.d/e:f+g",
		"": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "a\nb": "'a\nb'", "%a%": "%a%", "=a": "'=a'",
	} {
		if got := shellenv.Sh.Quote(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}

func TestApply(t *testing.T) {
	change := shellenv.Change{Set: []shellenv.Variable{{Name: "A", Value: "new=1"}}, Unset: []string{"B", "MISSING"}}
	environ := []string{"A=1", "B=1", "C=1", "A=2", "B=2", "a=lower", "AB=1", "=C:=C:\\", "D"}
	want := []string{"C=1", "a=lower", "AB=1", "=C:=C:\\", "D", "A=new=1"}
	if runtime.GOOS == "windows" {
		want = slices.Delete(want, 1, 2)
	}
	if got := change.Apply(environ); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if environ[0] != "A=1" || len(environ) != 9 {
		t.Errorf("Apply changed its argument: %q", environ)
	}
}
