package main

import (
	"os/exec"
	"strings"
	"testing"
)

const awkward = `a b'c"d$HOME` + "`x`" + `\e!f%PATH%`

// TestEnvironmentInShells has the shells that are installed read what is printed, through eval
// without quotes, which joins the lines.
func TestEnvironmentInShells(t *testing.T) {
	env := environment{profile: "x", set: []variable{{"A", awkward}, {"B", "2"}}, unset: []string{"C"}}
	for format, shells := range map[string][]string{"sh": {"sh", "bash", "dash", "zsh", "ksh"}, "fish": {"fish"}} {
		text, err := formatEnvironments(format, []environment{env, env})
		if err != nil {
			t.Fatal(err)
		}
		for _, shell := range shells {
			path, err := exec.LookPath(shell)
			if err != nil {
				continue
			}
			cmd := exec.CommandContext(t.Context(), path, "-c", text+`printf '%s|%s|%s' "$A" "$B" "$C"`)
			cmd.Env = []string{"C=still here", "HOME=/nowhere"}
			if out, err := cmd.CombinedOutput(); err != nil || string(out) != awkward+"|2|" {
				t.Errorf("%s: %v: %s", shell, err, out)
			}
		}
	}
}

func TestEnvironmentFormats(t *testing.T) {
	env := environment{profile: "x", set: []variable{{"A", "it's"}}, unset: []string{"B"}}
	for format, want := range map[string]string{
		"sh":         "unset B;\nexport A='it'\\''s';\n",
		"fish":       "set -e B;\nset -gx A 'it\\'s';\n",
		"powershell": "Remove-Item Env:B -ErrorAction Ignore\n$Env:A = 'it''s'\n",
		"cmd":        "set \"B=\"\nset \"A=it's\"\n",
		"dotenv":     "A=it's\n",
	} {
		if got, err := formatEnvironments(format, []environment{env}); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", format, err, got, want)
		}
	}
	if got, err := formatEnvironments("json", []environment{env}); err != nil || !strings.Contains(got, `"A": "it's"`) {
		t.Errorf("json: %v: %s", err, got)
	}
}
