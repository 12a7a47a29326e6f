package picker

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	runes := func(text string) (keys []key) {
		for _, r := range text {
			keys = append(keys, key{keyRune, r})
		}
		return keys
	}
	kinds := func(kinds ...keyKind) (keys []key) {
		for _, kind := range kinds {
			keys = append(keys, key{kind: kind})
		}
		return keys
	}
	for text, want := range map[string][]key{
		"aé本🚀":                     runes("aé本🚀"),
		"\r":                       kinds(keyEnter),
		"\n":                       kinds(keyEnter),
		"\x03":                     kinds(keyCancel),
		"\x04":                     kinds(keyCancel),
		"\x7f\b":                   kinds(keyBackspace, keyBackspace),
		"\x17\x15":                 kinds(keyClearWord, keyClearLine),
		"\x1b[A\x1bOA\x1b[B\x1bOB": kinds(keyUp, keyUp, keyDown, keyDown),
		"\x1b[5~\x1b[6~":           kinds(keyPageUp, keyPageDown),
		"\x1b[1;5C\x1bx\x01":       kinds(keyOther, keyOther, keyOther), // unknown ones do nothing
		"\x1b[200~a\x1b[201~":      append(append(kinds(keyOther), runes("a")...), key{}),
		"\xff\xfe":                 kinds(keyOther, keyOther), // not UTF-8
	} {
		k := keyReader{in: iotest.OneByteReader(strings.NewReader(text))}
		var got []key
		for range want {
			got = append(got, k.decode())
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(key{})); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		if end := k.decode(); end.kind != keyCancel {
			t.Errorf("%q: after the end: %v", text, end)
		}
	}
}

// TestEscapeAlone: the Escape key sends the character that sequences start with.
func TestEscapeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		defer w.Close()
		go func() { _, _ = w.Write([]byte{0x1b}) }()
		k := keyReader{in: r}
		if got := k.decode(); got.kind != keyCancel {
			t.Errorf("got %v", got)
		}
	})
}
