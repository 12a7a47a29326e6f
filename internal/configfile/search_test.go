package configfile

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// checkAgreement checks that a search finds each section that ReadSections returns, with the
// same properties and lines or else with an error that ReadSections returns too, and that it
// finds no other.
func checkAgreement(t *testing.T, config, credentials Source) {
	t.Helper()
	shared := ReadSections([]Source{config}, []Source{credentials}, true)
	check := func(want, got *Section, bad *SyntaxError) {
		t.Helper()
		if bad != nil {
			if !slices.ContainsFunc(shared.SyntaxErrors, func(e *SyntaxError) bool { return *e == *bad }) {
				t.Errorf("%q: %v", want.Name, bad)
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", want.Name, diff)
		}
	}
	files := func() (c, d *Searcher) {
		return &Searcher{Source: config}, &Searcher{Source: credentials, Credentials: true}
	}
	c, d := files()
	indexed, alsoIndexed := files()
	indexed.passes, alsoIndexed.passes = maxPasses, maxPasses
	filtered, alsoFiltered := files()
	for _, s := range shared.Profiles {
		got, bad := FindProfile(c, d, s.Name)
		check(s, got, bad)
		again, badAgain := FindProfile(indexed, alsoIndexed, s.Name)
		if diff := cmp.Diff(got, again) + cmp.Diff(bad, badAgain, cmp.AllowUnexported(SyntaxError{})); diff != "" {
			t.Errorf("%q by the index: %s", s.Name, diff)
		}
		filter(t, filtered, config.Data, s.Name)
		filter(t, alsoFiltered, credentials.Data, s.Name)
		again, badAgain = FindProfile(filtered, alsoFiltered, s.Name)
		if diff := cmp.Diff(got, again) + cmp.Diff(bad, badAgain, cmp.AllowUnexported(SyntaxError{})); diff != "" {
			t.Errorf("%q filtered: %s", s.Name, diff)
		}
	}
	filter(t, filtered, config.Data, "")
	checkOthers := func(kind Kind, sections []*Section) {
		t.Helper()
		for _, s := range sections {
			got, bad := c.Find(kind, s.Name)
			check(s, got, bad)
			for how, file := range map[string]*Searcher{"by the index": indexed, "filtered": filtered} {
				again, badAgain := file.Find(kind, s.Name)
				if diff := cmp.Diff(got, again) + cmp.Diff(bad, badAgain, cmp.AllowUnexported(SyntaxError{})); diff != "" {
					t.Errorf("%s %q %s: %s", kind.Prefix(), s.Name, how, diff)
				}
			}
		}
	}
	checkOthers(Session, shared.Sessions)
	checkOthers(Services, shared.Services)
	for _, name := range []string{"a", "b", "a b", "default", "none"} {
		if got, _ := FindProfile(c, d, name); got != nil && !slices.ContainsFunc(shared.Profiles, func(s *Section) bool { return s.Name == name }) {
			t.Errorf("found %q, which is not there", name)
		}
	}
}

// filter puts into s what a filter for the profile keeps of data, read in small pieces.
func filter(t *testing.T, s *Searcher, data []byte, profile string) {
	t.Helper()
	f := newSectionFilter(profile, s.Credentials)
	if err := f.read(iotest.HalfReader(bytes.NewReader(data)), 4); err != nil {
		t.Fatal(err)
	}
	s.Data, s.gaps, s.partOf = f.kept, f.gaps, &profile
}

func TestFindAgreesWithReadSections(t *testing.T) {
	const config = `# c [profile a]
[default]
a = 1
[profile a]
b = [profile b]
  [profile c]
[ profile	"x y" ]
c = 1
[profile default]
d = 1
[profile ab]
e =
 [f = 1
[sso-session a]
f = 1
[services a]
sso =
 endpoint_url = [
[profile 'a'] # again
g = 1
[profile "\"q\""]
h = 1
[profile a\b]
`
	for name, text := range map[string]string{
		"LF": config, "CRLF": strings.ReplaceAll(config, "\n", "\r\n"), "byte order mark": ByteOrderMark + config,
		"byte order mark and section": ByteOrderMark + "[profile a]\na = b",
	} {
		t.Run(name, func(t *testing.T) {
			file := Source{Path: "config", Data: []byte(text)}
			if all := ReadSections([]Source{file}, nil, true); len(all.SyntaxErrors) > 0 {
				t.Fatal(all.SyntaxErrors)
			}
			checkAgreement(t, file, Source{Path: "credentials", Data: []byte("[a]\ni = 1\n[default]\nj = 1\n[only]\nk = 1\n[a]\nl = 1")})
		})
	}
}

// TestFindAgreesOnShuffledFiles searches files of random lines that have a meaning, which random
// bytes rarely have.
func TestFindAgreesOnShuffledFiles(t *testing.T) {
	t.Parallel()
	lines := []string{
		"[default]", "[profile default]", "[profile a]", "[profile\t'a'] ; c", "[ profile a b ]", `[profile "a b"]`, "[profile ab]#c",
		"[sso-session a]", "[sso-session 'a']", "[services a]", "[a]", "[b]", "[profile \"'\"]", "[plugins]", "[profile \"a]",
		"a = 1", "b=[profile a]", "A = 2 # c", "c =", "in valid = x", " d = 3", "\t[profile a] = 4", "", " ", "# c", ";[profile a]",
	}
	damaged := append(slices.Clone(lines), "garbage", "[profile a", "[profile b] x", "[]", "= 1", "  more")
	random := rand.New(rand.NewPCG(1, 2))
	parsed := 0
	for i := range 8000 {
		lines := lines
		if i%2 == 0 {
			lines = damaged
		}
		var text [2]strings.Builder
		for i := range text {
			text[i].WriteString([]string{"", ByteOrderMark}[random.IntN(2)])
			for range random.IntN(12) {
				text[i].WriteString(lines[random.IntN(len(lines))] + []string{"\n", "\r\n"}[random.IntN(2)])
			}
		}
		config, credentials := Source{Path: "config", Data: []byte(text[0].String())}, Source{Path: "credentials", Data: []byte(text[1].String())}
		if all := ReadSections([]Source{config}, []Source{credentials}, true); len(all.SyntaxErrors) == 0 && len(all.Profiles) > 0 {
			parsed++
		}
		checkAgreement(t, config, credentials)
		if t.Failed() {
			t.Fatalf("config %q\ncredentials %q", config.Data, credentials.Data)
		}
	}
	if parsed < 500 {
		t.Errorf("only %d files parse", parsed)
	}
}

func TestFindSkipsDamageElsewhere(t *testing.T) {
	config := &Searcher{Source: Source{Path: "config", Data: []byte(`garbage
  more
[profile b
x = 1
[default]
bad
[profile default]
ok = 1
[profile bcd] trailing
y = 1
[profile a]
ok = 1
[]
[profile c]
= nothing
[sso-session a]
 nothing
`)}}
	credentials := &Searcher{Source: Source{Path: "credentials", Data: []byte("[x\n[y]\nbad\n[z]\na = b\nc = d\n[z")}, Credentials: true}
	tests := []struct {
		name, want string
	}{
		{"a", ""},
		{"default", ""},
		{"none", ""},
		{"b", "config:3: Profile definition must end with ']'"},
		{"bcd", "config:9: Profile definition must end with ']'"},
		{"c", "config:15: Property did not have a name"},
		{"x", "credentials:1: Profile definition must end with ']'"},
		{"y", "credentials:3: Expected an '=' sign defining a property"},
		{"z", "credentials:7: Profile definition must end with ']'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if _, bad := FindProfile(config, credentials, tt.name); bad != nil {
				got = bad.Error()
			}
			if got != tt.want {
				t.Errorf("error is %q, want %q", got, tt.want)
			}
		})
	}
	if _, bad := config.Find(Session, "a"); bad == nil || bad.Line != 17 {
		t.Errorf("session: error is %v, want one at line 17", bad)
	}
}

func TestFindInShortFiles(t *testing.T) {
	for _, text := range []string{"", "[", "\n[", "a[", ByteOrderMark, ByteOrderMark + "[", "[]", "[ ", "[profile", "[profile ", "[profile a"} {
		c, d := &Searcher{Source: Source{Data: []byte(text)}}, &Searcher{Source: Source{Data: []byte(text)}, Credentials: true}
		for _, name := range []string{"a", "default", ""} {
			s, bad := FindProfile(c, d, name)
			wantBad := text == "[profile a" && name == "a"
			if s != nil || bad != nil && !wantBad && name != "" {
				t.Errorf("%q in %q: got %v, %v", name, text, s, bad)
			}
		}
	}
}

func TestFindDamagedDefault(t *testing.T) {
	tests := []struct {
		name, config string
		line         int
	}{
		{"plain counts", "[default]\na = 1\nbad", 3},
		{"plain section line", "[default", 1},
		{"plain is replaced", "[default]\nbad\n[profile default]\na = 1", 0},
		{"plain section line is replaced", "[profile default]\na = 1\n[default\nbad", 0},
		{"prefixed counts", "[profile default]\nbad\n[default]\na = 1", 2},
		{"prefixed section line", "[profile default\n[default]\na = 1", 1},
		{"second prefixed section line", "[profile default]\na = 1\n[profile default] b", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, bad := FindProfile(&Searcher{Source: Source{Data: []byte(tt.config)}}, &Searcher{}, "default")
			switch {
			case tt.line == 0:
				if bad != nil || s == nil || len(s.Properties) != 1 {
					t.Errorf("got %v, %v", s, bad)
				}
			case bad == nil || bad.Line != tt.line:
				t.Errorf("error is %v, want one at line %d", bad, tt.line)
			}
		})
	}
}

func TestFindDamagedDefaultCredentials(t *testing.T) {
	_, bad := (&Searcher{Source: Source{Data: []byte("[default]\na = 1\n[default")}, Credentials: true}).Find(Profile, "default")
	if bad == nil || bad.Line != 3 {
		t.Errorf("error is %v, want one at line 3", bad)
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte("[default]\na = 1\n[profile default]\nb =\n c = 1\n[profile \"x y\"] # c\n"), []byte("[x]\na = b\n  c\n"))
	f.Add([]byte("\ufeff[sso-session s]\r\nsso_region = r\r\n[services x]\r\nsso =\r\n endpoint_url = u\r\n"), []byte("[a"))
	f.Add([]byte("[profile '\"\\a']\nk=v ; c\n[profile \"\\\"\"]\n"), []byte("[default]"))
	f.Add([]byte("[profile \"a#b\"]\n[profile a\\ b]\n[profile a]\n["), []byte("\n[["))
	f.Fuzz(func(t *testing.T, config, credentials []byte) {
		c, d := Source{Path: "config", Data: config}, Source{Path: "credentials", Data: credentials}
		checkAgreement(t, c, d)
	})
}
