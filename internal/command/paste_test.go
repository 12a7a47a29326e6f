package command

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", 10000)
	const input = "\n \na b\nfalse\x15right\rwrob\x7fng\n\x7f\x7f\x1b[200~pasted\x1b[201~\n"
	want := []string{"a b", "right", "wrong", "pasted", long}
	for name, r := range map[string]*strings.Reader{"whole": strings.NewReader(input + long + "\nnot ended"), "bytes": strings.NewReader(input + long + "\nnot ended")} {
		var got []string
		add := func(line string) { got = append(got, line) }
		if name == "bytes" {
			readLines(iotest.OneByteReader(r), add)
		} else {
			readLines(r, add)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	readLines(strings.NewReader(strings.Repeat("x", maxPaste+10)+"\n"), func(line string) {
		if len(line) != maxPaste {
			t.Errorf("a line of %d bytes", len(line))
		}
	})
}
