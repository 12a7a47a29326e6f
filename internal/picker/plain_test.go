package picker

import (
	"errors"
	"strings"
	"testing"
)

func TestChooseByNumber(t *testing.T) {
	tests := map[string]struct {
		typed, chosen string
		shown         string
		err           error
	}{
		"number":         {"3\n", "3", "  3  Prod US   333344445555", nil},
		"words":          {"us prod\n", "3", "Account: Prod US", nil},
		"words, number":  {"prod\n2\n", "2", "  2  Prod EU   222233334444", nil},
		"no match":       {"zzz\n6\n", "6", `Nothing matches "zzz".`, nil},
		"no such number": {"7\n0\n\n1\n", "1", "  6  [2JÉvil   666677778888", nil},
		"end of input":   {"us", "", "  1  Audit", ErrCanceled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, strings.NewReader(tt.typed), map[string]string{"TERM": "dumb"})
			var out strings.Builder
			d.out = &out
			index, err := d.Choose(t.Context(), Question{Prompt: "Account", Items: accounts})
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && accounts[index].ID != tt.chosen {
				t.Errorf("chose %q, want %q", accounts[index].ID, tt.chosen)
			}
			if !strings.Contains(out.String(), tt.shown) || strings.Contains(out.String(), "\x1b") {
				t.Errorf("printed:\n%q", out.String())
			}
			if d.raw > 0 {
				t.Error("the terminal was made raw")
			}
		})
	}
}

func TestAsk(t *testing.T) {
	for typed, want := range map[string]string{"\n": "eu-west-1", " us-east-1 \n": "us-east-1"} {
		d := newDesk(t, strings.NewReader(typed), nil)
		got, err := d.Ask(t.Context(), "Region", "eu-west-1")
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", typed, got, err, want)
		}
	}
	d := newDesk(t, strings.NewReader("us"), nil)
	if _, err := d.Ask(t.Context(), "Region", ""); !errors.Is(err, ErrCanceled) {
		t.Errorf("end of input: %v", err)
	}
}

func TestConfirm(t *testing.T) {
	for typed, want := range map[string]bool{"y\n": true, "YES\n": true, "\n": false, "n\n": false, "what\ny\n": true} {
		d := newDesk(t, strings.NewReader(typed), nil)
		got, err := d.Confirm(t.Context(), "Write?")
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", typed, got, err, want)
		}
	}
}
