package doctest

import (
	"regexp"
	"strings"
	"testing"
)

// variables are the parts of outputs that differ from run to run, and what stands for them.
var variables = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\b[A-Z]{4}-[A-Z]{4}\b`), "CODE"},
	{regexp.MustCompile(`\bASIA[A-Z0-9]+`), "ASIA"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?\b`), "TIME"},
	{regexp.MustCompile(`\b\d\d:\d\d(:\d\d)?\b`), "TIME"},
	{regexp.MustCompile(`\b(\d+h)?\d+(\.\d+)?(ms|s|m|h)\b`), "DURATION"},
	{regexp.MustCompile(`\S*/\.aws/`), "~/.aws/"},
}

func normalize(text string) string {
	for _, v := range variables {
		text = v.re.ReplaceAllString(text, v.by)
	}
	return text
}

// matches reports whether an output is the one that a page shows. In the page, "..." stands for any text in a line, and
// alone for any lines.
func matches(shown, output string) bool {
	var re strings.Builder
	re.WriteString(`^`)
	for line := range strings.Lines(strings.TrimRight(normalize(shown), "\n") + "\n") {
		if strings.TrimSpace(line) == "..." {
			re.WriteString(`(?:.*\n)*?`)
			continue
		}
		re.WriteString(strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, " \n")), `\.\.\.`, `.*`) + ` *\n`)
	}
	re.WriteString(`\n*$`)
	return regexp.MustCompile(re.String()).MatchString(normalize(output))
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		shown, output string
		want          bool
	}{
		{"a\nb\n", "a\nb\n", true},
		{"a\nb\n", "a\n", false},
		{"a\n", "a\nb\n", false},
		{"a ... c\n", "a b c\n", true},
		{"a ... c\n", "a b\nc\n", false},
		{"a\n...\nd\n", "a\nb\nc\nd\n", true},
		{"a\n...\nd\n", "a\nb\nc\n", false},
		{"...\n", "a\nb\n", true},
		{"until 12:00\n", "until 23:59\n", true},
		{"in 1h00m\n", "in 59m\n", true},
		{"until 12:00\n", "until noon\n", false},
		{"a.b\n", "axb\n", false},
	} {
		if got := matches(test.shown, test.output); got != test.want {
			t.Errorf("%q shows %q: %t, want %t", test.shown, test.output, got, test.want)
		}
	}
}
