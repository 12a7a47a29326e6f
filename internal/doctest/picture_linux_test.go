package doctest

import (
	"encoding/xml"
	"flag"
	"fmt"
	"html"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/terminaltest"
)

var update = flag.Bool("update", false, "make docs/demo.svg again")

// picture is a session of the command, on the terminal that docs/demo.svg shows.
var picture = []string{
	"latchkey login --profile dev",
	"latchkey status --profile dev",
	"latchkey exec --profile dev -- aws sts get-caller-identity",
	"latchkey exec --account 'prod-*' --role ReadOnly -- sh -c 'echo $AWS_ACCOUNT_ID' | sort",
}

// TestPicture runs the session of docs/demo.svg, and checks that the picture shows what it prints.
func TestPicture(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	r.signIn()
	var session []string
	for _, text := range picture {
		session = append(append(session, "$ "+text), r.onTerminal(text)...)
	}
	path := filepath.Join(root, "docs", "demo.svg")
	if *update {
		filetest.Write(t, path, svg(session))
	}
	image := filetest.Read(t, path)
	if diff := cmp.Diff(normalized(session), normalized(textOf(t, image))); diff != "" {
		t.Errorf("the session (-) and docs/demo.svg (+); make it again with go test ./internal/doctest -run Picture -update\n%s", diff)
	}
	if len(image) > 60_000 {
		t.Errorf("docs/demo.svg has %d bytes", len(image))
	}
}

// inPicture shortens what differs from run to run, or is too long.
var inPicture = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:34567"},
	{regexp.MustCompile(`\?response_type=\S+`), "?response_type=code&…"},
	{regexp.MustCompile(`[0-9a-f]{36}\.json`), "….json"},
	{regexp.MustCompile(`(\n?Listing roles: \d+ of \d+ accounts *)+\n *\n`), ""}, // which is removed, and quick machines do not show
}

// onTerminal runs a command on a terminal and returns the lines that it shows.
func (r *reader) onTerminal(text string) (shown []string) {
	r.Helper()
	cmd := exec.CommandContext(r.Context(), "bash", "-c", text)
	cmd.Dir, cmd.Env = r.home, r.env
	p, err := terminaltest.Start(cmd, 100)
	if err != nil {
		r.Fatal(err)
	}
	if err := p.Wait(); err != nil || !cmd.ProcessState.Success() {
		r.Fatalf("%s: %v, %v\n%s", text, err, cmd.ProcessState, p.Shown())
	}
	output := strings.ReplaceAll(p.Shown(), r.home, "~")
	for _, s := range inPicture {
		output = s.re.ReplaceAllString(output, s.by)
	}
	for line := range strings.Lines(output) {
		shown = append(shown, strings.TrimRight(line, " \n"))
	}
	return slices.Compact(shown) // at most one empty line
}

func normalized(session []string) []string {
	return strings.Split(normalize(strings.Join(session, "\n")), "\n")
}

// Sizes of the picture, in pixels. A character of a monospaced font is at most 0.62 times as wide as high.
const (
	fontSize   = 14
	lineHeight = 20
	margin     = 20
	gap        = 10 // above a command
)

// svg draws a terminal, with the colors that the reader's system prefers.
func svg(session []string) string {
	columns := 0
	for _, line := range session {
		columns = max(columns, len([]rune(line)))
	}
	var b strings.Builder
	y := margin + fontSize - gap
	for _, line := range session {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			y += gap
			fmt.Fprintf(&b, `<text x="%d" y="%d"><tspan class="prompt">$ </tspan><tspan class="command">%s</tspan></text>`+"\n", margin, y, html.EscapeString(command))
		} else if line != "" {
			fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", margin, y, html.EscapeString(line))
		}
		y += lineHeight
	}
	width, height := 2*margin+columns*fontSize*62/100, y-fontSize+margin
	head := fmt.Sprintf(svgHead, width, height, html.EscapeString(strings.Join(session, "\n")), fontSize)
	return head + b.String() + "</svg>\n"
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="title desc">
<title id="title">A session in a terminal with latchkey</title>
<desc id="desc">%[3]s</desc>
<style>
rect { fill: #f6f8fa; stroke: #d0d7de }
text { font: %[4]dpx ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; white-space: pre }
.prompt { fill: #1a7f37 }
.command { font-weight: 600 }
@media (prefers-color-scheme: dark) {
rect { fill: #161b22; stroke: #30363d }
text { fill: #e6edf3 }
.prompt { fill: #3fb950 }
}
</style>
<rect x="0.5" y="0.5" width="100%%" height="100%%" rx="8" style="width: calc(100%% - 1px); height: calc(100%% - 1px)"/>
`

// textOf returns the lines of the description of a picture, after it has checked that the picture shows them.
func textOf(t *testing.T, image string) []string {
	t.Helper()
	var parsed struct {
		Desc string `xml:"desc"`
		Text []struct {
			Line string   `xml:",chardata"`
			Span []string `xml:"tspan"`
		} `xml:"text"`
	}
	if err := xml.Unmarshal([]byte(image), &parsed); err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, text := range parsed.Text {
		shown = append(shown, text.Line+strings.Join(text.Span, ""))
	}
	described := strings.Split(parsed.Desc, "\n")
	if diff := cmp.Diff(slices.DeleteFunc(slices.Clone(described), func(line string) bool { return line == "" }), shown); diff != "" {
		t.Errorf("docs/demo.svg describes (-) and shows (+)\n%s", diff)
	}
	return described
}
