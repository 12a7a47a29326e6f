package doctest

import (
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/command"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// completions returns what the command completes a command line with.
func completions(t *testing.T, args ...string) (words []string) {
	t.Helper()
	var stdout strings.Builder
	if code := command.Run(t.Context(), append([]string{"__complete"}, args...), &stdout, io.Discard); code != 0 {
		t.Fatalf("complete %q: exit code %d", args, code)
	}
	for line := range strings.Lines(stdout.String()) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if !strings.HasPrefix(word, ":") {
			words = append(words, word)
		}
	}
	return words
}

// flagsByCommand returns the long flags of each command and of its subcommands.
func flagsByCommand(t *testing.T) map[string][]string {
	t.Helper()
	flags := map[string][]string{}
	for _, name := range completions(t, "") {
		flags[name] = append(completions(t, name, "--"), "--help")
		for _, sub := range completions(t, name, "") {
			flags[name] = append(flags[name], completions(t, name, sub, "--")...)
		}
	}
	if len(flags) < 15 {
		t.Fatalf("found only %d commands", len(flags))
	}
	return flags
}

// latchkeyCommand matches an invocation of the command, up to where its arguments end.
var latchkeyCommand = regexp.MustCompile("(?:^|[\\s\"'(`])latchkey ([a-z][^|><;&)`]*)")

var longFlag = regexp.MustCompile(`^--[a-z][a-z0-9-]*`)

// TestFlags checks that the commands and flags in code exist. Inline code may begin with the command after latchkey, as
// in "login --qr", or be a flag alone, of any command.
func TestFlags(t *testing.T) {
	flags := flagsByCommand(t)
	var all []string
	for _, f := range flags {
		all = append(all, f...)
	}
	check := func(name string, s span) {
		for _, m := range latchkeyCommand.FindAllStringSubmatch(s.text, -1) {
			for _, missing := range unknown(flags, m[1]) {
				t.Errorf("%s:%d: latchkey has no %s", name, s.line, missing)
			}
		}
	}
	for _, p := range pages(t) {
		for _, b := range p.blocksIn(shellLangs...) {
			for i, line := range strings.Split(b.text, "\n") {
				check(p.name, span{b.line + i, line})
			}
		}
		for _, s := range p.spans {
			check(p.name, s)
			if first, _, _ := strings.Cut(s.text, " "); flags[first] != nil {
				check(p.name, span{s.line, "latchkey " + s.text})
			}
			if f := longFlag.FindString(s.text); f != "" && !slices.Contains(all, f) && !slices.Contains(otherFlags, f) {
				t.Errorf("%s:%d: no command has %s", p.name, s.line, f)
			}
		}
	}
}

// otherFlags are flags of other programs that stand alone in a page.
var otherFlags = []string{}

// unknown returns the command or the flags of a command line that do not exist.
func unknown(flags map[string][]string, line string) (missing []string) {
	words := strings.Fields(line)
	known, ok := flags[words[0]]
	if !ok {
		return []string{"command " + words[0]}
	}
	for _, word := range words[1:] {
		if word == "--" {
			break
		}
		if f := longFlag.FindString(word); f != "" && !slices.Contains(known, f) {
			missing = append(missing, words[0]+" "+f)
		}
	}
	return missing
}

// nameOfOurs matches our environment variables and settings.
var nameOfOurs = regexp.MustCompile(`\b(LATCHKEY_[A-Z][A-Z_]*[A-Z]|latchkey_[a-z][a-z_]*[a-z])\b`)

// undocumented are names in the code that no page needs to explain.
var undocumented = map[string]string{
	"LATCHKEY_PREVIOUS_PROFILE": "the function lk keeps it for itself",
}

// TestVariablesAndSettings checks that the environment variables and settings in the pages are in the code, and the
// other way round.
func TestVariablesAndSettings(t *testing.T) {
	inCode := namesInCode(t)
	inPages := map[string]bool{}
	for _, p := range pages(t) {
		for i, line := range strings.Split(filetest.Read(t, filepath.Join(root, p.name)), "\n") {
			for _, name := range nameOfOurs.FindAllString(line, -1) {
				inPages[name] = true
				if !inCode[name] {
					t.Errorf("%s:%d: %s is not in the code", p.name, i+1, name)
				}
			}
		}
	}
	for name := range inCode {
		if !inPages[name] && undocumented[name] == "" {
			t.Errorf("no page mentions %s", name)
		}
	}
	for name := range undocumented {
		if !inCode[name] || inPages[name] {
			t.Errorf("remove %s from undocumented", name)
		}
	}
}

// namesInCode returns the variables and settings in the code of the module.
func namesInCode(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range repository(t) {
		if strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "bench/") {
			for _, name := range nameOfOurs.FindAllString(filetest.Read(t, filepath.Join(root, file)), -1) {
				names[name] = true
			}
		}
	}
	return names
}
