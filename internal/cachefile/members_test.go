package cachefile_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

func TestMembers(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string // name, raw name and raw value of each
	}{
		{"empty object", `{}`, nil},
		{"white space", " {\r\n\t} \n", nil},
		{"compact", `{"a":1,"b":"x"}`, []string{"a", `"a"`, "1", "b", `"b"`, `"x"`}},
		{"spaced", "{ \"a\" : 1 ,\n  \"b\"\t: [ 1 ,2]\n}\n", []string{"a", `"a"`, "1", "b", `"b"`, "[ 1 ,2]"}},
		{"escaped name", `{"\u0061\"":null}`, []string{`a"`, `"\u0061\""`, "null"}},
		{"separators in names", `{", :":1," ":2}`, []string{", :", `", :"`, "1", " ", `" "`, "2"}},
		{"duplicates", `{"a":1,"a":2}`, []string{"a", `"a"`, "1", "a", `"a"`, "2"}},
		{"byte order mark", "\ufeff{\"a\":1}", []string{"a", `"a"`, "1"}},
		{"large numbers", `{"a":12345678901234567890,"b":1.10e+400}`, []string{"a", `"a"`, "12345678901234567890", "b", `"b"`, "1.10e+400"}},
		{"nested", `{"a":{"b":{"c":[{}]}}}`, []string{"a", `"a"`, `{"b":{"c":[{}]}}`}},
		{"raw text", `{"é":"😀<\/>\u00e9"}`, []string{"é", `"é"`, `"😀<\/>\u00e9"`}},
		{"empty name", `{"":0}`, []string{"", `""`, "0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			members, err := cachefile.Members([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range members {
				got = append(got, m.Name, string(m.RawName), string(m.RawValue))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestMembersDamage(t *testing.T) {
	const whole = `{"accessToken": "hunter2", "n": [1, {"x": "y"}], "t": true}`
	for i := range len(whole) {
		wantDamage(t, whole[:i], true)
	}
	for in, torn := range map[string]bool{
		" \n":                       true,
		"\ufeff":                    true,
		whole + "}":                 true, // longer content, partly overwritten
		whole + whole:               true,
		whole + "\x00":              true,
		strings.Repeat("\x00", 100): true,
		"{\"a\":\"\xff\"}":          true,
		`{"a":1,}`:                  true,
		`{,"a":1}`:                  true,
		`{"a":1 "b":2}`:             true,
		`{a:1}`:                     true,
		`{"a":01}`:                  true,
		"\ufeff\ufeff{}":            true,
		strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000): true,
		"null":        false,
		"[]":          false,
		"[{}]":        false,
		`"hunter2"`:   false,
		"12":          false,
		"true":        false,
		"[\"a\", 1] ": false,
	} {
		wantDamage(t, in, torn)
	}
}

func wantDamage(t *testing.T, in string, torn bool) {
	t.Helper()
	_, err := cachefile.Members([]byte(in))
	var damage *cachefile.DamageError
	if !errors.As(err, &damage) {
		t.Errorf("%.80q: %v, want damage", in, err)
		return
	}
	if damage.Torn != torn {
		t.Errorf("%.80q: torn is %v, want %v", in, damage.Torn, torn)
	}
	if strings.Contains(err.Error(), "hunter") || err.Error() == "" {
		t.Errorf("%.80q: error %q", in, err)
	}
}

func TestSet(t *testing.T) {
	member := func(value string) cachefile.Member {
		return cachefile.Member{Name: "key", RawValue: []byte(value)}
	}
	t.Run("text", func(t *testing.T) {
		for value, want := range map[string]string{`"x"`: "x", `"\u00e9\n"`: "é\n", `""`: "", "null": ""} {
			got := "before"
			if err := cachefile.SetString(&got, member(value)); err != nil || got != want {
				t.Errorf("%s: %q, %v; want %q", value, got, err, want)
			}
		}
		for _, value := range []string{"5", "true", "[]", `["x"]`, "{}"} {
			got := "before"
			err := cachefile.SetString(&got, member(value))
			if err == nil || err.Error() != `"key" is not a string` || got != "before" {
				t.Errorf("%s: %q, %v; want an error", value, got, err)
			}
		}
	})
	t.Run("texts", func(t *testing.T) {
		for value, want := range map[string][]string{`["x","y"]`: {"x", "y"}, "[]": {}, "null": nil} {
			got := []string{"before"}
			if err := cachefile.SetStrings(&got, member(value)); err != nil || !slices.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("%s: %q, %v; want %q", value, got, err, want)
			}
		}
		for _, value := range []string{"5", `"x"`, "[1]", "{}"} {
			got := []string{"before"}
			err := cachefile.SetStrings(&got, member(value))
			if err == nil || err.Error() != `"key" is not a list of strings` || !slices.Equal(got, []string{"before"}) {
				t.Errorf("%s: %q, %v; want an error", value, got, err)
			}
		}
	})
}

func FuzzMembers(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":{"c":"d"}}`, "\ufeff{ \"\\u0061\" : [ ] }\n", "{", "null", `{"a":1}{"a":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := cachefile.Members(data)
		if err != nil {
			var damage *cachefile.DamageError
			if !errors.As(err, &damage) {
				t.Errorf("%v is not a *DamageError", err)
			}
			return
		}
		var o cachefile.Object
		for _, m := range members {
			var name string
			if err := json.Unmarshal(m.RawName, &name); err != nil || name != m.Name {
				t.Errorf("raw name %s, name %q", m.RawName, m.Name)
			}
			o.Raw(m.RawName, m.RawValue)
		}
		built, err := o.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := cachefile.Members(built)
		if err != nil {
			t.Fatalf("%s: %v", built, err)
		}
		same := func(a, b cachefile.Member) bool {
			return a.Name == b.Name && string(a.RawName) == string(b.RawName) && string(a.RawValue) == string(b.RawValue)
		}
		if !slices.EqualFunc(members, again, same) {
			t.Errorf("members %q, after a round trip %q", members, again)
		}
	})
}
