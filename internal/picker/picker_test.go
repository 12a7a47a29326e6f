package picker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// desk is a terminal with somebody who types.
type desk struct {
	*Terminal
	screen        *emulator
	raw, restored int
}

func newDesk(t *testing.T, typed io.Reader, env map[string]string) *desk {
	t.Helper()
	d := &desk{screen: &emulator{t: t, width: 80}}
	d.Terminal = &Terminal{
		in: typed, out: d.screen,
		raw: func() (func(), error) {
			d.raw++
			return func() { d.restored++ }, nil
		},
		size:    func() (int, int) { return d.screen.width, 24 },
		resized: func() (<-chan os.Signal, func()) { return nil, func() {} },
		getenv:  func(name string) string { return env[name] },
		history: History{filepath.Join(t.TempDir(), "state", "recent.json")},
	}
	return d
}

func TestChoose(t *testing.T) {
	tests := map[string]struct {
		typed  string
		chosen string
		err    error
	}{
		"Enter":           {"\r", "1", nil},
		"narrowed":        {"us\r", "3", nil},
		"arrow":           {"\x1b[B\x1b[B\r", "3", nil},
		"Enter on none":   {"zzz\r\x15us\r", "3", nil},
		"Ctrl-C":          {"us\x03", "", ErrCanceled},
		"end of input":    {"us", "", ErrCanceled},
		"a hostile name":  {"evil\x15vil\r", "6", nil},
		"typed-ahead end": {"us\rmore", "3", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, strings.NewReader(tt.typed), nil)
			index, err := d.Choose(t.Context(), Question{Prompt: "Account", Kind: "account", Items: accounts})
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && accounts[index].ID != tt.chosen {
				t.Errorf("chose %q, want %q", accounts[index].ID, tt.chosen)
			}
			if d.raw != 1 || d.restored != 1 {
				t.Errorf("made raw %d times, restored %d times", d.raw, d.restored)
			}
			want := []string(nil)
			if err == nil {
				want = []string{"Account: " + newList(accounts, nil).name(index)}
			}
			if diff := cmp.Diff(want, d.screen.screen()); diff != "" {
				t.Errorf("left on the screen: %s", diff)
			}
		})
	}
}

// TestChooseTwice: what is typed ahead is for the next question, and what was chosen comes
// first the next time.
func TestChooseTwice(t *testing.T) {
	d := newDesk(t, strings.NewReader("us\r\rpre\r"), nil)
	for i, want := range []string{"3", "3", "4"} {
		index, err := d.Choose(t.Context(), Question{Prompt: "Account", Kind: "account", Items: accounts})
		if err != nil {
			t.Fatal(err)
		}
		if got := accounts[index].ID; got != want {
			t.Errorf("choice %d: %q, want %q", i, got, want)
		}
	}
	info, err := os.Stat(d.history.path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("history: %v, %v", info, err)
	}
}

func TestChooseEndsWithContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	d := newDesk(t, r, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Choose(ctx, Question{Prompt: "Account", Items: accounts})
	if !errors.Is(err, ErrCanceled) || d.restored != 1 {
		t.Errorf("error %v, restored %d times", err, d.restored)
	}
}

func TestChooseFromNothing(t *testing.T) {
	d := newDesk(t, strings.NewReader("\r"), nil)
	if _, err := d.Choose(t.Context(), Question{Prompt: "Account"}); err == nil {
		t.Error("no error")
	}
}

func TestScreen(t *testing.T) {
	many := []Item{{Name: "本番", Detail: "111122223333"}, {Name: "Prod\x1b[31m", Detail: "222233334444"}}
	for i := range 20 {
		many = append(many, Item{Name: fmt.Sprintf("Sandbox %d", i+1)})
	}
	tests := map[string]struct {
		width, height int
		keys          []keyKind
		query         string
		want          []string
	}{
		"wide": {80, 6, nil, "", []string{
			"Account:",
			"> 本番       111122223333",
			"  Prod[31m   222233334444",
			"  Sandbox 1",
			"  Sandbox 2",
			"  22 of 22",
		}},
		"scrolled": {80, 4, []keyKind{keyDown, keyDown}, "", []string{
			"Account:", "  Prod[31m   222233334444", "> Sandbox 1", "  22 of 22",
		}},
		"narrow":           {16, 4, nil, "", []string{"Account:", "> 本番      11…", "  Prod[31m  22…", "  22 of 22"}},
		"narrower":         {8, 4, nil, "", []string{"Ac…:", "> 本番", "  Prod…", "  22 o…"}},
		"a long query":     {16, 4, nil, "sandbox 19 aaaaaaaaaaa", []string{"Account: aaaaaa", "  0 of 22"}},
		"one line":         {80, 1, nil, "", []string{"Account:", "> 本番  111122223333", "  22 of 22"}},
		"of unknown size":  {0, 0, nil, "sandbox 19", []string{"Account: sandbox 19", "> Sandbox 19", "  1 of 22"}},
		"no more than ten": {80, 50, []keyKind{keyPageDown, keyPageDown, keyPageDown}, "sandbox 2", []string{"Account: sandbox 2", "  Sandbox 2", "  Sandbox 20", "> Sandbox 12", "  3 of 22"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newList(many, nil)
			l.search(tt.query)
			for _, k := range tt.keys {
				l.press(key{kind: k})
			}
			e := &emulator{t: t, width: tt.width}
			if tt.width == 0 {
				e.width = defaultWidth
			}
			s := screen{out: e, prompt: "Account"}
			for range 2 { // in its own place
				s.draw(l, func() (int, int) { return tt.width, tt.height })
			}
			if diff := cmp.Diff(tt.want, e.screen()); diff != "" {
				t.Error(diff)
			}
			if e.row != 0 {
				t.Errorf("the cursor is in line %d", e.row)
			}
			s.clear()
			if diff := cmp.Diff([]string(nil), e.screen()); diff != "" {
				t.Errorf("after clear: %s", diff)
			}
		})
	}
}

func TestNoColor(t *testing.T) {
	for _, value := range []string{"", "1"} {
		d := newDesk(t, strings.NewReader("\r"), map[string]string{"NO_COLOR": value})
		if _, err := d.Choose(t.Context(), Question{Prompt: "Account", Items: accounts}); err != nil {
			t.Fatal(err)
		}
		if d.screen.styled != (value == "") {
			t.Errorf("NO_COLOR=%s: styled is %v", value, d.screen.styled)
		}
	}
}

func TestHistory(t *testing.T) {
	h := History{filepath.Join(t.TempDir(), "recent.json")}
	for i := range 60 {
		h.add(t.Context(), "profile", fmt.Sprint(i))
	}
	h.add(t.Context(), "profile", "30")
	h.add(t.Context(), "", "not remembered")
	got := h.recent(t.Context(), "profile")
	if len(got) != maxRecent || got[0] != "30" || got[1] != "59" || got[49] != "10" {
		t.Errorf("got %v", got)
	}
	if got := h.recent(t.Context(), "role"); got != nil {
		t.Errorf("another kind has %v", got)
	}
	for _, damage := range []string{"", "null", "[1]", `{"profile": 1}`} {
		filetest.Write(t, h.path, damage)
		if got := h.recent(t.Context(), "profile"); got != nil {
			t.Errorf("%s: %v", damage, got)
		}
	}
	h.add(t.Context(), "profile", "again")
	if diff := cmp.Diff([]string{"again"}, h.recent(t.Context(), "profile")); diff != "" {
		t.Error(diff)
	}
}

func TestStateDir(t *testing.T) {
	for name, tt := range map[string]struct {
		goos string
		env  map[string]string
		want string
	}{
		"XDG":     {"linux", map[string]string{"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s"},
		"Linux":   {"linux", map[string]string{"HOME": "/h"}, "/h/.local/state"},
		"macOS":   {"darwin", map[string]string{"HOME": "/h"}, "/h/Library/Application Support"},
		"Windows": {"windows", map[string]string{"LocalAppData": `C:\l`}, `C:\l`},
	} {
		got := stateDir(tt.goos, func(name string) string { return tt.env[name] })
		if filepath.ToSlash(got) != filepath.ToSlash(tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	off := historyOf(func(name string) string { return map[string]string{"LATCHKEY_NO_HISTORY": "1", "HOME": "/h"}[name] })
	if off.path != "" || historyOf(func(string) string { return "" }).path != "" {
		t.Error("there is a file without a home directory, or against the user's wish")
	}
}
