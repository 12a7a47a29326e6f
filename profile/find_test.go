package profile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// checkAgreement checks that each section a full parse lists is found alone with the
// same properties, at the same lines, or else with one of the damaged lines that the
// full parse lists, and that nothing else is found.
func checkAgreement(t *testing.T, config, credentials File) {
	t.Helper()
	shared, _ := parse([]File{config}, []File{credentials}, true)
	check := func(want, got *Section, bad *Error) {
		t.Helper()
		if bad != nil {
			if !slices.ContainsFunc(shared.Damage, func(e *Error) bool { return cmp.Equal(e, bad) }) {
				t.Errorf("%q: %v", want.Name, bad)
			}
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", want.Name, diff)
		}
	}
	files := func() (c, d *searched) {
		return &searched{File: config}, &searched{File: credentials, credentials: true}
	}
	c, d := files()
	indexed, alsoIndexed := files()
	indexed.passes, alsoIndexed.passes = maxPasses, maxPasses
	sifted, alsoSifted := files()
	for _, s := range shared.Profiles {
		got, bad := findProfile(c, d, s.Name)
		check(s, got, bad)
		again, badAgain := findProfile(indexed, alsoIndexed, s.Name)
		if diff := cmp.Diff(got, again) + cmp.Diff(bad, badAgain); diff != "" {
			t.Errorf("%q by the index: %s", s.Name, diff)
		}
		sift(t, sifted, config.Data, s.Name)
		sift(t, alsoSifted, credentials.Data, s.Name)
		again, badAgain = findProfile(sifted, alsoSifted, s.Name)
		if diff := cmp.Diff(got, again) + cmp.Diff(bad, badAgain); diff != "" {
			t.Errorf("%q sifted: %s", s.Name, diff)
		}
	}
	sift(t, sifted, config.Data, "")
	checkOthers := func(kind sectionKind, sections []*Section) {
		t.Helper()
		for _, s := range sections {
			got, bad := c.find(kind, s.Name)
			check(s, got, bad)
			for how, file := range map[string]*searched{"by the index": indexed, "sifted": sifted} {
				again, badAgain := file.find(kind, s.Name)
				if diff := cmp.Diff(got, again) + cmp.Diff(bad, badAgain); diff != "" {
					t.Errorf("%s %q %s: %s", kind.prefix(), s.Name, how, diff)
				}
			}
		}
	}
	checkOthers(sessionSection, shared.Sessions)
	checkOthers(servicesSection, shared.Services)
	for _, name := range []string{"a", "b", "a b", "default", "none"} {
		if got, _ := findProfile(c, d, name); got != nil && !slices.ContainsFunc(shared.Profiles, func(s *Section) bool { return s.Name == name }) {
			t.Errorf("found %q, which is not there", name)
		}
	}
}

// sift puts into s what a sieve for the profile leaves of data, read in small pieces.
func sift(t *testing.T, s *searched, data []byte, profile string) {
	t.Helper()
	sieve := newSieve(profile, s.credentials)
	if err := sieve.read(iotest.HalfReader(bytes.NewReader(data)), 4); err != nil {
		t.Fatal(err)
	}
	s.Data, s.skips, s.partOf = sieve.kept, sieve.skips, &profile
}

func TestFindAgreesWithParse(t *testing.T) {
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
		"LF": config, "CRLF": strings.ReplaceAll(config, "\n", "\r\n"), "byte order mark": byteOrderMark + config,
		"byte order mark and section": byteOrderMark + "[profile a]\na = b",
	} {
		t.Run(name, func(t *testing.T) {
			file := File{Path: "config", Data: []byte(text)}
			if _, err := parse([]File{file}, nil, true); err != nil {
				t.Fatal(err)
			}
			checkAgreement(t, file, File{Path: "credentials", Data: []byte("[a]\ni = 1\n[default]\nj = 1\n[only]\nk = 1\n[a]\nl = 1")})
		})
	}
}

// TestFindAgreesOnShuffledFiles puts files together from lines that mean
// something, which random bytes seldom do.
func TestFindAgreesOnShuffledFiles(t *testing.T) {
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
			text[i].WriteString([]string{"", byteOrderMark}[random.IntN(2)])
			for range random.IntN(12) {
				text[i].WriteString(lines[random.IntN(len(lines))] + []string{"\n", "\r\n"}[random.IntN(2)])
			}
		}
		config, credentials := File{Path: "config", Data: []byte(text[0].String())}, File{Path: "credentials", Data: []byte(text[1].String())}
		if shared, err := parse([]File{config}, []File{credentials}, true); err == nil && len(shared.Profiles) > 0 {
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

func TestFindPassesOverDamageElsewhere(t *testing.T) {
	config := &searched{File: File{Path: "config", Data: []byte(`garbage
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
	credentials := &searched{File: File{Path: "credentials", Data: []byte("[x\n[y]\nbad\n[z]\na = b\nc = d\n[z")}, credentials: true}
	tests := []struct {
		name, want string
	}{
		{"a", ""},
		{"default", ""},
		{"none", ""},
		{"b", "profile: config:3: Profile definition must end with ']'"},
		{"bcd", "profile: config:9: Profile definition must end with ']'"},
		{"c", "profile: config:15: Property did not have a name"},
		{"x", "profile: credentials:1: Profile definition must end with ']'"},
		{"y", "profile: credentials:3: Expected an '=' sign defining a property"},
		{"z", "profile: credentials:7: Profile definition must end with ']'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if _, bad := findProfile(config, credentials, tt.name); bad != nil {
				got = bad.Error()
			}
			if got != tt.want {
				t.Errorf("error is %q, want %q", got, tt.want)
			}
		})
	}
	if _, bad := config.find(sessionSection, "a"); bad == nil || bad.Line != 17 {
		t.Errorf("session: error is %v, want one at line 17", bad)
	}
}

func TestFindInShortFiles(t *testing.T) {
	for _, text := range []string{"", "[", "\n[", "a[", byteOrderMark, byteOrderMark + "[", "[]", "[ ", "[profile", "[profile ", "[profile a"} {
		c, d := &searched{File: File{Data: []byte(text)}}, &searched{File: File{Data: []byte(text)}, credentials: true}
		for _, name := range []string{"a", "default", ""} {
			s, bad := findProfile(c, d, name)
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
			s, bad := findProfile(&searched{File: File{Data: []byte(tt.config)}}, &searched{}, "default")
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
	_, bad := (&searched{File: File{Data: []byte("[default]\na = 1\n[default")}, credentials: true}).find(profileSection, "default")
	if bad == nil || bad.Line != 3 {
		t.Errorf("error is %v, want one at line 3", bad)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("[default]\na = 1\n[profile default]\nb =\n c = 1\n[profile \"x y\"] # c\n"), []byte("[x]\na = b\n  c\n"))
	f.Add([]byte("\ufeff[sso-session s]\r\nsso_region = r\r\n[services x]\r\nsso =\r\n endpoint_url = u\r\n"), []byte("[a"))
	f.Add([]byte("[profile '\"\\a']\nk=v ; c\n[profile \"\\\"\"]\n"), []byte("[default]"))
	f.Add([]byte("[profile \"a#b\"]\n[profile a\\ b]\n[profile a]\n["), []byte("\n[["))
	f.Fuzz(func(t *testing.T, config, credentials []byte) {
		c, d := File{Path: "config", Data: config}, File{Path: "credentials", Data: credentials}
		checkAgreement(t, c, d)
	})
}

func FuzzResolve(f *testing.F) {
	f.Add([]byte("[profile a]\nsso_session = s\nrole_arn = r\nsource_profile = b\nservices = x\n[profile b]\nsso_start_url = u\n"+
		"sso_region = r\nsso_account_id = 1\nsso_role_name = n\n[sso-session s]\nsso_region = r\nsso_start_url = u\n[services x]\nsso =\n endpoint_url = e\n"),
		[]byte("[a]\naws_access_key_id = x"), "a")
	f.Add([]byte("[profile a]\nrole_arn = r\nsource_profile = a\n"), []byte(""), "a")
	f.Add([]byte("[a]\n[Profile b]\n[profile c d]\n"), []byte("[profile c]\n[sso-session s]"), "c d")
	f.Fuzz(func(t *testing.T, config, credentials []byte, name string) {
		if name == "" {
			return
		}
		r := &resolver{
			config:      searched{File: File{Path: "config", Data: config}},
			credentials: searched{File: File{Path: "credentials", Data: credentials}, credentials: true},
			getenv:      func(string) string { return "" },
		}
		p, bad := r.load(name)
		if (p == nil) == (bad == nil) {
			t.Fatalf("got %v and %v", p, bad)
		}
		if bad != nil {
			checkError(t, bad, config, credentials)
			return
		}
		if p.Name != name || (p.AccountID == "") != (p.RoleName == "") {
			t.Errorf("profile %+v", p)
		}
	})
}

// checkError checks what must be true of every error.
func checkError(t *testing.T, e *Error, config, credentials []byte) {
	t.Helper()
	file := config
	if e.File == "credentials" {
		file = credentials
	}
	if e.Line < 0 || e.Line > 1+bytes.Count(file, []byte("\n")) {
		t.Errorf("%v: no such line", e)
	}
	if e.Reason == "" || e.Profile == "" && e.Session == "" {
		t.Errorf("error says too little: %v", e)
	}
}

// largeConfig is a file of n profiles of one session, the session first.
func largeConfig(n int) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "[sso-session corp]\nsso_start_url = https://d-0123456789.awsapps.com/start\nsso_region = us-east-1\n\n")
	for i := range n {
		fmt.Fprintf(&b, "[profile team-%05d]\nsso_session = corp\nsso_account_id = %012d\nsso_role_name = ReadOnlyAccess\nregion = us-east-1\noutput = json\n\n", i, i)
	}
	return b.Bytes()
}

func BenchmarkParse20000(b *testing.B) {
	config := File{Path: "config", Data: largeConfig(20_000)}
	b.ReportAllocs()
	b.SetBytes(int64(len(config.Data)))
	for b.Loop() {
		if _, err := Parse(config, File{}); err != nil {
			b.Fatal(err)
		}
	}
}
