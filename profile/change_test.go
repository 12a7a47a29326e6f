package profile

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/latchkey-sso/latchkey/internal/configfile"
)

func TestApply(t *testing.T) {
	set := func(name, key, value string) Change { return Set(KindProfile, name, Setting{key, value}) }
	tests := []struct {
		name, text string
		change     Change
		want       string
	}{
		{"empty file", "", set("a", "k", "v"), "[profile a]\nk = v\n"},
		{"byte order mark only", configfile.ByteOrderMark, set("a", "k", "v"), configfile.ByteOrderMark + "[profile a]\nk = v\n"},
		{"new section", "[profile a]\nk = v\n", set("b", "l", "w"), "[profile a]\nk = v\n\n[profile b]\nl = w\n"},
		{"new section after no line end", "[profile a]\nk = v", set("b", "l", "w"), "[profile a]\nk = v\n\n[profile b]\nl = w\n"},
		{"new section after a blank line", "[profile a]\n\n", set("b", "l", "w"), "[profile a]\n\n[profile b]\nl = w\n"},
		{"new section after spaces", "[profile a]\n \t", set("b", "l", "w"), "[profile a]\n \t\n[profile b]\nl = w\n"},
		{"new section after a comment", "# c", set("b", "l", "w"), "# c\n\n[profile b]\nl = w\n"},
		{"new section, CRLF", "[profile a]\r\nk = v", set("b", "l", "w"), "[profile a]\r\nk = v\r\n\r\n[profile b]\r\nl = w\r\n"},
		{"new section after half a CRLF", "[profile a]\r\nk = v\r", set("b", "l", "w"), "[profile a]\r\nk = v\r\n\r\n[profile b]\r\nl = w\r\n"},
		{"new section without settings", "", Set(KindProfile, "a"), "[profile a]\n"},
		{"new section with spaces", "", set("a  b", "k", "v"), "[profile 'a  b']\nk = v\n"},
		{"new default", "", set("default", "k", "v"), "[default]\nk = v\n"},
		{"new session", "", Set(KindSession, "default", Setting{"k", "v"}, Setting{"l", ""}), "[sso-session default]\nk = v\nl =\n"},
		{"new services", "", Set(KindServices, "s"), "[services s]\n"},
		{"same name, other kind", "[sso-session a]\n", set("a", "k", "v"), "[sso-session a]\n\n[profile a]\nk = v\n"},

		{"same value", "[profile a]\nK=v # c", set("a", "k", "v"), "[profile a]\nK=v # c"},
		{"new value keeps the line", "[profile a]\n K = no # c\n", set("a", "k", "v"), "[profile a]\n K = v # c\n"},
		{"indented section", "\t[profile a]\n  k = no\n  # c\n  l = w\n", set("a", "k", "v"), "\t[profile a]\n  k = v\n  # c\n  l = w\n"},
		{"name the AWS CLI writes", "[profile 本番]\nk = no\n", set("本番", "k", "v"), "[profile 本番]\nk = v\n"},
		{"non-breaking spaces", "[profile a]\nk\u00a0=\u00a0no\u00a0\n", set("a", "k", "v"), "[profile a]\nk\u00a0=\u00a0v\u00a0\n"},
		{"value with comment", "[profile a]\nK\t=  old\t# c\r\nl = w", set("a", "k", "v"), "[profile a]\nK\t=  v\t# c\r\nl = w"},
		{"value without spaces", "[profile a]\nk=old", set("a", "k", "v"), "[profile a]\nk=v"},
		{"empty value", "[profile a]\nk =  # c\n", set("a", "k", "v"), "[profile a]\nk = v  # c\n"},
		{"to an empty value", "[profile a]\nk = v\n", set("a", "k", ""), "[profile a]\nk = \n"},
		{"value like the key", "[profile a]\nk = k", set("a", "k", "=k"), "[profile a]\nk = =k"},
		{"nested value", "[profile a]\ns3 =\n  a = b\n\n# c\n  d = e\nk = v\n", set("a", "s3", "x"), "[profile a]\ns3 = x\nk = v\n"},
		{"last nested value", "[profile a]\ns3 =\n  a = b", set("a", "s3", "x"), "[profile a]\ns3 = x"},
		{"value over two lines", "[profile a]\nk = v\r\n v\n", set("a", "k", "v"), "[profile a]\nk = v\n"},

		{"new key", "[profile a] # c\nk = v\n\n# about b\n[profile b]\n", set("a", "l", "w"), "[profile a] # c\nk = v\nl = w\n\n# about b\n[profile b]\n"},
		{"new key after nested ones", "[profile a]\ns3 =\n  a = b", set("a", "l", "w"), "[profile a]\ns3 =\n  a = b\nl = w\n"},
		{"new key in an empty section", "[profile a]", set("a", "l", "w"), "[profile a]\nl = w\n"},
		{"new key after damage", "[profile a]\n lost\n\n lost too\n", set("a", "l", "w"), "[profile a]\n lost\n\n lost too\nl = w\n"},
		{"new key after a garbage line", "[profile a]\ngarbage\n lost\n", set("a", "l", "w"), "[profile a]\ngarbage\n lost\nl = w\n"},
		{"new keys", "[profile a]\n", Set(KindProfile, "a", Setting{"k", "v"}, Setting{"l", "w"}), "[profile a]\nk = v\nl = w\n"},
		{"quoted name", `[profile "a b"] # c`, set("a b", "k", "v"), "[profile \"a b\"] # c\nk = v\n"},
		{"byte order mark", configfile.ByteOrderMark + "[profile a]\nk = v\n", set("a", "k", "w"), configfile.ByteOrderMark + "[profile a]\nk = w\n"},

		{"the last key counts", "[profile a]\nk = 1\nk = 2\n", set("a", "k", "3"), "[profile a]\nk = 1\nk = 3\n"},
		{"the last section counts", "[profile a]\nk = 1\n[profile a]\nk = 2\n[profile a]\n", set("a", "k", "3"), "[profile a]\nk = 1\n[profile a]\nk = 3\n[profile a]\n"},
		{"prefixed default counts", "[profile default]\nk = 1\n[default]\nk = 2\n", set("default", "k", "3"), "[profile default]\nk = 3\n[default]\nk = 2\n"},
		{"plain default", "[default]\nk = 2\n", set("default", "k", "3"), "[default]\nk = 3\n"},

		{"remove a key", "[profile a]\n# c\nk = v # d\nl = w\n", RemoveKey(KindProfile, "a", "K"), "[profile a]\n# c\nl = w\n"},
		{"remove the last key", "[profile a]\nl = w\n\nk = v", RemoveKey(KindProfile, "a", "k"), "[profile a]\nl = w\n\n"},
		{"remove a nested key", "[profile a]\nk =\n  a = b\n  damage\n\nl = w\n", RemoveKey(KindProfile, "a", "k"), "[profile a]\n\nl = w\n"},
		{"remove each of a key", "[profile a]\nk = 1\nk = 2\n[profile a]\nk = 3\n", RemoveKey(KindProfile, "a", "k"), "[profile a]\n[profile a]\n"},
		{"remove no key", "[profile a]\nk", RemoveKey(KindProfile, "a", "k"), "[profile a]\nk"},
		{"remove an empty key", "[profile a]\ngarbage", RemoveKey(KindProfile, "a", ""), "[profile a]\ngarbage"},
		{"remove a section", "[profile z]\n\n[profile a]\nk = v\n\n\n# b\n[profile b]\n", RemoveSection(KindProfile, "a"), "[profile z]\n\n# b\n[profile b]\n"},
		{"remove sections", "# a\n[profile a]\n lost\n[profile 'a']\nk = v", RemoveSection(KindProfile, "a"), "# a\n"},
		{"remove the defaults", "[default]\nk = v\n[profile default]\n[sso-session default]", RemoveSection(KindProfile, "default"), "[sso-session default]"},
		{"remove no section", "[profile a", RemoveSection(KindProfile, "a"), "[profile a"},

		{"damage elsewhere", "what\n[profile\n x\n[]\n[profile a]\nk = v", set("a", "k", "w"), "what\n[profile\n x\n[]\n[profile a]\nk = w"},
		{"nothing", "[profile a]", Change{}, "[profile a]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, bad := apply([]byte(tt.text), []Change{tt.change})
			if bad != nil {
				t.Fatal(bad)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Error(diff)
			}
			again, bad := apply(got, []Change{tt.change})
			if bad != nil || string(again) != string(got) {
				t.Errorf("the second time it is %q, %v", again, bad)
			}
		})
	}
}

func TestApplyInTurn(t *testing.T) {
	got, bad := apply([]byte("[profile a]\nk = 1"), []Change{
		RemoveSection(KindProfile, "a"),
		Set(KindProfile, "a", Setting{"l", "2"}),
		Set(KindSession, "s", Setting{"m", "3"}),
		Set(KindProfile, "a", Setting{"l", "4"}, Setting{"n", "5"}),
		RemoveKey(KindSession, "s", "m"),
		RemoveSection(KindServices, "none"),
	})
	if want := "[profile a]\nl = 4\nn = 5\n\n[sso-session s]\n"; bad != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, bad, want)
	}
}

func TestApplyRemovesOnce(t *testing.T) {
	got, bad := apply([]byte("[profile default]\n[sso-session s]\n[default]\nk = v\n"), []Change{
		RemoveSection(KindProfile, "default"), Set(KindProfile, "a"), RemoveSection(KindProfile, "default"),
	})
	if want := "[sso-session s]\n\n[profile a]\n"; bad != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, bad, want)
	}
}

func TestApplyRefuses(t *testing.T) {
	value := func(v string) Change { return Set(KindProfile, "a", Setting{"region", v}) }
	key := func(k string) Change { return Set(KindProfile, "a", Setting{k, "v"}) }
	name := func(n string) Change { return Set(KindProfile, n) }
	tests := map[string][]Change{
		"unprintable character": {
			value("a\nb"), value("a\rb"), value("a\tb"), value("a\x00"), value("a\u0085b"), value("a\u2028b"),
			value("\ufeff"), value("\u202e"), value("a\xff"), value("\u00a0"), value("a\n[profile b]"),
		},
		"leading or trailing whitespace": {value(" a"), value("a "), value(" ")},
		"a quoted value":                 {value(`"a"`), value("'a b'"), value(`""`), value(`"`)},
		"starts a comment":               {value("a # b"), value("a ;"), value("#"), value("; a")},
		"invalid key": {
			key(""), key(" "), key("a b"), key("a=b"), key("a\nb"), key("[a]"), key("#a"), key("é"), key("a "),
		},
		"a colon in its name": {key("a:b")},
		"invalid name": {
			name(""), name(" "), name(" a"), name("a "), name("a]"), name("[a"), name("a\nb"), name("a\tb"), name("a'b"), name(`a"b`),
			name(`a\b`), name("a#b"), name("a;b"), name("é"), name("a\x00"), name("a\u00a0b"), Set(KindSession, "a]"), Set(KindServices, ""),
		},
		"the JavaScript SDK cannot read": {name("__proto__")},
		"unknown kind of section":        {Set(0, "a"), Set(configfile.PlainDefault, "default"), RemoveKey(0, "a", "k"), RemoveSection(9, "a")},
	}
	for want, changes := range tests {
		for _, c := range changes {
			got, bad := apply([]byte("[profile a]\n"), []Change{Set(KindProfile, "a", Setting{"x", "y"}), c})
			if bad == nil || !strings.Contains(bad.Reason, want) {
				t.Errorf("%q: got %q, %v, want an error that says %q", c, got, bad, want)
			}
		}
	}
	_, bad := apply(nil, []Change{Set(KindSession, "s", Setting{"region", "a\nb"})})
	if bad == nil || bad.Session != "s" || bad.Key != "region" || bad.Profile != "" {
		t.Errorf("the error is %+v", bad)
	}
}

// Existing sections may have names that a new section may not have.
func TestApplyToOddNames(t *testing.T) {
	got, bad := apply([]byte(`[profile "a #b"]`), []Change{Set(KindProfile, "a #b", Setting{"k", "v"})})
	if want := "[profile \"a #b\"]\nk = v\n"; bad != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, bad, want)
	}
}

func TestChangeHidesSecrets(t *testing.T) {
	setting := Setting{"AWS_Secret_Access_Key", "hunter2"}
	change := Set(KindProfile, "a b", setting)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %q", setting, setting, setting, setting), fmt.Sprintf("%v %+v %#v %q", change, change, &change, []Change{change})} {
		if strings.Contains(text, "hunter2") || !strings.Contains(strings.ToLower(text), "aws_secret_access_key") {
			t.Error(text)
		}
	}
	if text := fmt.Sprint(Set(KindProfile, "a\nb"), RemoveKey(KindProfile, "a", "k\nl")); strings.Contains(text, "\n") {
		t.Errorf("a change prints over two lines: %q", text)
	}
}

// snapshot returns every value in a config file, by kind, name and key.
func snapshot(text []byte) map[string]string {
	shared, _ := readSections([]configfile.Source{{Data: text}}, nil)
	all := map[string]string{}
	for prefix, sections := range map[string][]*Section{"profile": shared.Profiles, "sso-session": shared.Sessions, "services": shared.Services} {
		for _, s := range sections {
			all[prefix+"\n"+s.Name] = ""
			for _, p := range s.Properties {
				all[prefix+"\n"+s.Name+"\n"+p.Key] = p.Value
			}
		}
	}
	return all
}

// checkApply checks one change of each kind: it does what it says, and leaves everything
// else as it was.
func checkApply(t *testing.T, text []byte, k Kind, name, key, value string) {
	t.Helper()
	if got := configfile.Parse(text, false, true).Bytes(); string(got) != string(text) {
		t.Fatalf("taken apart and put together it is %q", got)
	}
	written, bad := apply(text, []Change{Set(k, name, Setting{key, value})})
	if bad != nil {
		return
	}
	id := k.Prefix() + "\n" + name
	want := snapshot(text)
	want[id], want[id+"\n"+strings.ToLower(key)] = "", value
	if diff := cmp.Diff(want, snapshot(written)); diff != "" {
		t.Fatalf("written: %s\n%q", diff, written)
	}
	if before, after := damage(text), damage(written); after > before {
		t.Fatalf("%d damaged lines, %d before: %q", after, before, written)
	}
	if again, bad := apply(written, []Change{Set(k, name, Setting{key, value})}); bad != nil || string(again) != string(written) {
		t.Fatalf("the second time it is %q, %v; the first %q", again, bad, written)
	}

	without, _ := apply(text, []Change{RemoveKey(k, name, key)})
	want = snapshot(text)
	delete(want, id+"\n"+strings.ToLower(key))
	if diff := cmp.Diff(want, snapshot(without)); diff != "" {
		t.Fatalf("key removed: %s\n%q", diff, without)
	}

	gone, _ := apply(text, []Change{RemoveSection(k, name)})
	want = snapshot(text)
	for at := range want {
		if at == id || strings.HasPrefix(at, id+"\n") {
			delete(want, at)
		}
	}
	if diff := cmp.Diff(want, snapshot(gone)); diff != "" {
		t.Fatalf("section removed: %s\n%q", diff, gone)
	}
}

func damage(text []byte) int {
	shared, _ := readSections([]configfile.Source{{Data: text}}, nil)
	return len(shared.SyntaxErrors)
}

// TestApplyToShuffledFiles edits files of random lines that have a meaning, which random bytes
// rarely have.
func TestApplyToShuffledFiles(t *testing.T) {
	t.Parallel()
	lines := []string{
		"[default]", "[profile default]", "[profile a]", "[profile\t'a'] ; c", "[ profile a b ]", `[profile "a b"]`, "[sso-session a]", "[services a]",
		"[a]", "[profile \"a]", "[]", "k = 1", "k=[profile a]", "K = 2 # c", "k =", "l = ; c", "in valid = x", "garbage", "= x", " k = 3", "\t[profile a] = 4",
		" # d", "  e", "", " ", "# c", ";[profile a]", " \r",
	}
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 10_000 {
		text := pick("", "", configfile.ByteOrderMark)
		for range random.IntN(12) {
			text += pick(lines...) + pick("\n", "\n", "\r\n")
		}
		text = strings.TrimSuffix(text, pick("", "\n", "\r\n"))
		kind := configfile.PlainDefault + 1 + Kind(random.IntN(3))
		checkApply(t, []byte(text), kind, pick("a", "a b", "default", "new"), pick("k", "L", "n"), pick("1", "", "x ="))
		if t.Failed() {
			t.Fatalf("%q", text)
		}
	}
}

func FuzzApply(f *testing.F) {
	for _, text := range []string{
		"", "[default]\na = 1\n[profile default]\nb =\n c = 1\n[profile \"x y\"] # c\n", configfile.ByteOrderMark + "[profile a]\r\nk = v # c\r\n\r\n",
		"garbage\n[profile a]\n lost\nk=\n  n\n# c\n  n = m\n[profile a", "[profile a]\nk = 1\n[b]\n[profile a]\nk = 2\r", configfile.ByteOrderMark + "\r\n#\r",
	} {
		f.Add([]byte(text), uint8(KindProfile), "a", "k", "v")
		f.Add([]byte(text), uint8(KindSession), "x y", "K", "")
		f.Add([]byte(text), uint8(KindProfile), "default", "b", "x;y")
	}
	f.Fuzz(func(t *testing.T, text []byte, kind uint8, name, key, value string) {
		checkApply(t, text, Kind(kind), name, key, value)
	})
}

// TestApplyToManyOfAKey checks that removing a key that occurs often does not copy the comments
// before it each time.
func TestApplyToManyOfAKey(t *testing.T) {
	allocated := func(n int) uint64 {
		text := []byte("[profile a]\n" + strings.Repeat("# c\nk = v\n", n))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, _ := apply(text, []Change{RemoveKey(KindProfile, "a", "k")})
		runtime.ReadMemStats(&after)
		if want := len("[profile a]\n") + 4*n; len(got) != want {
			t.Errorf("%d bytes are left, want %d", len(got), want)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	if few, many := allocated(500), allocated(5000); many > 20*few {
		t.Errorf("%d bytes for 500 keys, %d for 5000", few, many)
	}
}
