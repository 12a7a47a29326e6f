package command

import (
	"strings"
	"sync"
	"testing"
)

func TestLineWriter(t *testing.T) {
	for name, tt := range map[string]struct {
		writes []string
		want   string
	}{
		"nothing":     {nil, ""},
		"lines":       {[]string{"a\nb\n"}, "[p] a\n[p] b\n"},
		"in pieces":   {[]string{"a", "b\nc", "\n"}, "[p] ab\n[p] c\n"},
		"empty lines": {[]string{"\n", "\n"}, "[p] \n[p] \n"},
		"no end":      {[]string{"a\nb"}, "[p] a\n[p] b\n"},
		"too long":    {[]string{strings.Repeat("x", maxHeld), "y\n"}, "[p] " + strings.Repeat("x", maxHeld) + "\n[p] y\n"},
	} {
		var out strings.Builder
		w := &lineWriter{out: &out, lock: &sync.Mutex{}, prefix: "p"}
		for _, text := range tt.writes {
			if n, err := w.Write([]byte(text)); err != nil || n != len(text) {
				t.Errorf("%s: wrote %d of %d, %v", name, n, len(text), err)
			}
		}
		if err := w.flush(); err != nil {
			t.Error(err)
		}
		if out.String() != tt.want {
			t.Errorf("%s: got %q, want %q", name, out.String(), tt.want)
		}
	}
}
