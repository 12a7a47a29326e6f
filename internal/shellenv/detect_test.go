package shellenv

import "testing"

func TestProgramName(t *testing.T) {
	for path, want := range map[string]Shell{
		"/usr/bin/zsh": Sh, "-bash": Sh, "/opt/homebrew/bin/fish": Fish, "pwsh.exe": PowerShell, "PowerShell.EXE": PowerShell, "cmd.exe": Cmd,
		"nu": Nushell, "tcsh": Tcsh, "elvish": Elvish,
	} {
		if s, ok := Parse(programName(path)); !ok || s != want {
			t.Errorf("%s is %q, want %q", path, s, want)
		}
	}
	for _, path := range []string{"", "/usr/bin/python3", "make"} {
		if s, ok := Parse(programName(path)); ok {
			t.Errorf("%q is the shell %s", path, s)
		}
	}
}
