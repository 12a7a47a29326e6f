package command

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJoinQuoted(t *testing.T) {
	process := func(args ...string) []string { return append([]string{"credential-process"}, args...) }
	for _, tt := range []struct{ args, want []string }{
		{process("--profile", `"a`, `b"`), process("--profile", "a b")},
		{process("--profile", `"a`, "b", `c"`, "--debug"), process("--profile", "a b c", "--debug")},
		{process(`--profile="a`, `b"`, "--sso-session", `"c`, `d"`), process("--profile=a b", "--sso-session", "c d")},
		{process("--profile", `"dev"`), process("--profile", "dev")},
		{process("--profile", "a b"), process("--profile", "a b")},
		{process("--profile", `"a`, "b"), process("--profile", `"a`, "b")},
		{process(), process()},
		{[]string{"exec", "echo", `"a`, `b"`}, []string{"exec", "echo", `"a`, `b"`}},
		{nil, nil},
	} {
		if diff := cmp.Diff(tt.want, joinQuoted(tt.args)); diff != "" {
			t.Errorf("%q: %s", tt.args, diff)
		}
	}
}
