package doctest

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// A commandLine is one that a page shows.
type commandLine struct {
	page   string
	line   int
	block  int // within its page
	text   string
	output string // that a console block shows below it
}

// notRun are the commands that this test does not run: those that begin with one of these.
var notRun = []struct{ begin, why string }{
	{"go test", "this would run itself; TestGoCommands checks the package and the test"},
	{"go -C bench", "takes minutes; .ci/run runs it, TestGoCommands checks the package"},
	{"go -C tokencache/redis install", "links the command once more; .ci/run builds it, TestGoCommands checks the package"},
	{"go tool -modfile=tools/go.mod golangci-lint", "takes minutes; .ci/run runs it"},
	{"tools/release/tag", "makes commits and tags; tools/release/check-install runs it"},
	{"tools/release/check", "takes minutes; a job of ci.yml runs it"},
	{"sh docs/many-machines/make-secrets", "TestNetnsContainers runs it"},
	{"cd docs/many-machines", "the directory of the next command, which needs Docker"},
	{"docker ", "needs Docker"},
	{"podman ", "needs Podman"},
	{"scp ", "needs another machine"},
	{"ssh ", "needs another machine"},
	{"systemctl ", "needs a systemd user session"},
	{"launchctl ", "needs macOS"},
	{"cp contrib/latchkey-serve.plist", "needs the directories of macOS"},
}

// TestNotRun checks that a page shows each command in notRun.
func TestNotRun(t *testing.T) {
	var shown []commandLine
	for _, p := range pages(t) {
		shown = append(shown, p.commands()...)
	}
	shown = append(shown, contribCommands(t)...)
	for _, n := range notRun {
		found := false
		for _, c := range shown {
			found = found || strings.HasPrefix(c.text, n.begin)
		}
		if !found {
			t.Errorf("no page shows %q: remove it from notRun", n.begin)
		}
	}
}

// commands returns the commands that a page shows. One that ends with a backslash continues on the next line, and so
// does one with a here-document.
func (p page) commands() (all []commandLine) {
	for i, b := range p.blocks {
		switch b.lang {
		case "sh":
			all = append(all, scriptCommands(p.name, i, b)...)
		case "console":
			all = append(all, consoleCommands(p.name, i, b)...)
		}
	}
	return all
}

func scriptCommands(page string, number int, b block) (all []commandLine) {
	var heredoc string // its delimiter
	continues := false
	for i, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		switch last := len(all) - 1; {
		case heredoc != "" || continues:
			all[last].text += "\n" + line
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
			continue
		default:
			all = append(all, commandLine{page: page, line: b.line + i, block: number, text: trimmed})
		}
		continues = strings.HasSuffix(line, `\`)
		if m := heredocStart.FindStringSubmatch(line); heredoc == "" && m != nil {
			heredoc = m[1]
		} else if trimmed == heredoc {
			heredoc = ""
		}
	}
	return all
}

var heredocStart = regexp.MustCompile(`<<-?['"]?(\w+)`)

// consoleCommands returns the commands behind "$ " and the output below each.
func consoleCommands(page string, number int, b block) (all []commandLine) {
	for i, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
		last := len(all) - 1
		switch text, isCommand := strings.CutPrefix(line, "$ "); {
		case isCommand:
			all = append(all, commandLine{page: page, line: b.line + i, block: number, text: text})
		case last >= 0 && all[last].output == "" && strings.HasSuffix(all[last].text, `\`):
			all[last].text += "\n" + strings.TrimPrefix(line, "> ")
		case last >= 0:
			all[last].output += line + "\n"
		}
	}
	return all
}

// indented matches the commands in the comments of the files in contrib.
var indented = regexp.MustCompile(`(?m)^(?:#   |    )(\S.*)$`)

// contribCommands returns the commands that the files in contrib show.
func contribCommands(t *testing.T) (all []commandLine) {
	t.Helper()
	for _, file := range repository(t) {
		if !strings.HasPrefix(file, "contrib/") {
			continue
		}
		text := filetest.Read(t, filepath.Join(root, file))
		for _, m := range indented.FindAllStringSubmatchIndex(text, -1) {
			all = append(all, commandLine{page: file, line: lineAt([]byte(text), m[0]), text: text[m[2]:m[3]]})
		}
	}
	return all
}

// goCommand matches a go command that names packages, and its module.
var goCommand = regexp.MustCompile(`^go (?:-C (\S+) )?(?:test|run|install|build|vet)\b`)

// TestGoCommands checks the packages and tests that go commands name, in blocks and inline.
func TestGoCommands(t *testing.T) {
	tests := testFunctions(t)
	for _, p := range pages(t) {
		shown := p.spans
		for _, c := range p.commands() {
			shown = append(shown, span{c.line, c.text})
		}
		for _, s := range shown {
			if m := goCommand.FindStringSubmatch(s.text); m != nil {
				for _, missing := range missingTests(tests, m[1], strings.Fields(s.text)) {
					t.Errorf("%s:%d: there is no %s", p.name, s.line, missing)
				}
			}
		}
	}
}

// missingTests returns the directories and tests in the words of a go command, run in a module, that do not exist.
func missingTests(tests map[string]string, module string, words []string) (missing []string) {
	for i, word := range words {
		switch {
		case word == "#":
			return missing
		case strings.HasPrefix(word, "./"):
			dir := strings.TrimSuffix(strings.TrimSuffix(word, "..."), "/")
			if found, err := filepath.Glob(filepath.Join(root, module, dir)); err != nil || found == nil {
				missing = append(missing, word)
			}
		case slices.Contains(words, "test") && (word == "-run" || word == "-bench") && i+1 < len(words):
			if !anyMatches(tests, words[i+1]) {
				missing = append(missing, word+" "+words[i+1])
			}
		}
	}
	return missing
}

// anyMatches reports whether the expression that go test gets matches a test.
func anyMatches(tests map[string]string, pattern string) bool {
	pattern, _, _ = strings.Cut(strings.Trim(pattern, "'"), "/")
	re, err := regexp.Compile(pattern)
	for name := range tests {
		if err == nil && re.MatchString(name) {
			return true
		}
	}
	return false
}
