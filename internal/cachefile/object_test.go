package cachefile_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// The expectations are the output of Python's json.dumps.
func TestAppendString(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", `""`},
		{"plain", "https://d-1.awsapps.com/start#/", `"https://d-1.awsapps.com/start#/"`},
		{"quote and backslash", `a"b\c/`, `"a\"b\\c/"`},
		{"short escapes", "\b\f\n\r\t", `"\b\f\n\r\t"`},
		{"control", "\x00\x0b\x1f\x7f", `"\u0000\u000b\u001f\u007f"`},
		{"html is not escaped", "<a>&'", `"<a>&'"`},
		{"printable edges", " ~", `" ~"`},
		{"latin", "sé", `"s\u00e9"`},
		{"line separators", "\u2028\u2029", `"\u2028\u2029"`},
		{"three bytes", "日", `"\u65e5"`},
		{"surrogate pair", "a😀b", `"a\ud83d\ude00b"`},
		{"last code point", "\U0010ffff", `"\udbff\udfff"`},
		{"invalid", "\xff", `"\ufffd"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(cachefile.AppendString([]byte("x"), tt.in)); got != "x"+tt.want {
				t.Errorf("got x%s, want x%s", got, tt.want)
			}
		})
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "é😀", "\x00\x7f\"\\", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cachefile.AppendString(nil, s)
		if strings.Trim(string(got), " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") != "" {
			t.Errorf("AppendString(%q) = %s, not printable ASCII", s, got)
		}
		var back string
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("AppendString(%q) = %s: %v", s, got, err)
		}
		if utf8.ValidString(s) && back != s {
			t.Errorf("%q, after a round trip %q", s, back)
		}
	})
}

func TestObject(t *testing.T) {
	var o cachefile.Object
	if got, err := o.Bytes(); string(got) != "{}" || err != nil {
		t.Errorf("zero Object: %s, %v", got, err)
	}
	o.String("a", "é")
	o.Null("n")
	o.Strings("none", nil)
	o.Strings("one", []string{"x"})
	o.Strings("two", []string{"x", "\n"})
	o.Time("t", time.Date(2026, 11, 22, 1, 2, 3, 999_999_999, time.FixedZone("", -2*3600)))
	o.Raw([]byte(`"\u0072"`), []byte("{ \"x\":12345678901234567890 }"))
	const want = `{"a": "\u00e9", "n": null, "none": [], "one": ["x"], "two": ["x", "\n"], ` +
		`"t": "2026-11-22T03:02:03Z", "\u0072": { "x":12345678901234567890 }}`
	for range 2 { // Bytes can be called twice
		if got, err := o.Bytes(); string(got) != want || err != nil {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}

func TestObjectErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		add  func(o *cachefile.Object)
		want string
	}{
		"string":    {func(o *cachefile.Object) { o.String("key", "hunter\xff") }, `"key" is not valid UTF-8`},
		"list":      {func(o *cachefile.Object) { o.Strings("key", []string{"a", "hunter\xff"}) }, `"key" is not valid UTF-8`},
		"zero time": {func(o *cachefile.Object) { o.Time("key", time.Time{}) }, `"key" is zero or after the year 9999`},
		"year 10000": {func(o *cachefile.Object) {
			o.Time("key", time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600)))
		}, `"key" is zero or after the year 9999`},
		"first of two": {func(o *cachefile.Object) { o.String("key", "\xff"); o.String("other", "\xff") }, `"key" is not valid UTF-8`},
	} {
		var o cachefile.Object
		tt.add(&o)
		o.String("fine", "x")
		if got, err := o.Bytes(); err == nil || err.Error() != tt.want || got != nil {
			t.Errorf("%s: %s, %v; want the error %q", name, got, err, tt.want)
		}
	}
}
