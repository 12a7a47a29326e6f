package textwidth

import "testing"

func TestOf(t *testing.T) {
	for text, want := range map[string]int{
		"":              0,
		"prod":          4,
		"Prod (EU)":     9,
		"本番":            4,
		"ﾌﾟﾛﾄﾞ":         5, // halfwidth
		"Ａ":             2, // fullwidth
		"Mu\u0308ller":  6, // combining diaeresis
		"🚀":             2,
		"a\x1b[31m\tb":  6, // only what prints counts
		"zero\u200bone": 7,
	} {
		if got := Of(text); got != want {
			t.Errorf("Of(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		text    string
		columns int
		want    string
	}{
		{"prod", 4, "prod"},
		{"prod", 3, "pr…"},
		{"prod", 1, "…"},
		{"prod", 0, ""},
		{"prod", -1, ""},
		{"本番環境", 8, "本番環境"},
		{"本番環境", 7, "本番環…"},
		{"本番環境", 6, "本番…"}, // half a character is none
	}
	for _, tt := range tests {
		got := Cut(tt.text, tt.columns)
		if got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.text, tt.columns, got, tt.want)
		}
		if Of(got) > max(tt.columns, 0) {
			t.Errorf("Cut(%q, %d) takes %d columns", tt.text, tt.columns, Of(got))
		}
	}
}

func TestPad(t *testing.T) {
	for text, want := range map[string]string{"本": "本  ", "abcd": "abcd", "abcde": "abcde"} {
		if got := Pad(text, 4); got != want {
			t.Errorf("Pad(%q, 4) = %q, want %q", text, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	if got := Printable("a\x1b]0;x\x07b\u202ec\td"); got != "a]0;xbcd" {
		t.Errorf("got %q", got)
	}
}
