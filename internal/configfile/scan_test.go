package configfile

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contents are the values in files, by section name and key.
type contents map[string]map[string]string

func contentsOf(sections []*Section) contents {
	all := contents{}
	for _, s := range sections {
		all[s.Name] = map[string]string{}
		for _, p := range s.Properties {
			all[s.Name][p.Key] = p.Value
		}
	}
	return all
}

func parseText(config, credentials string) (*Sections, error) {
	all := ReadSections([]Source{{Path: "config", Data: []byte(config)}}, []Source{{Path: "credentials", Data: []byte(credentials)}}, false)
	if len(all.SyntaxErrors) > 0 {
		return all, all.SyntaxErrors[0]
	}
	return all, nil
}

func TestReadProfiles(t *testing.T) {
	const everyByte = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/.%@:+"
	foo := func(keysAndValues ...string) contents {
		properties := map[string]string{}
		for i := 0; i < len(keysAndValues); i += 2 {
			properties[keysAndValues[i]] = keysAndValues[i+1]
		}
		return contents{"foo": properties}
	}
	tests := []struct {
		name        string
		config      string
		credentials string
		want        contents
	}{
		{"empty file", "", "", contents{}},
		{"empty profile", "[profile foo]", "", foo()},
		{"profile name trimmed", "[profile \tfoo \t]", "", foo()},
		{"space inside the brackets", "[ profile foo ]", "", foo()},
		{"more space inside the brackets", "[   profile   foo    ]\nname = value", "[   foo\t]\nname2 = value2", foo("name", "value", "name2", "value2")},
		{"tab after the prefix", "[profile\tfoo]", "", foo()},
		{"space after the brackets", "[profile foo] \t", "", foo()},
		{"property", "[profile foo]\nname = value", "", foo("name", "value")},
		{"CRLF", "[profile foo]\r\nname = value\r\n\r\n", "", foo("name", "value")},
		{"CR at the end of the file", "[profile foo]\r\nname = value\r", "", foo("name", "value")},
		{"lone CR is no line end", "[profile foo]\nname = a\rb = c", "", foo("name", "a\rb = c")},
		{"equals sign in value", "[profile foo]\nname = val=ue", "", foo("name", "val=ue")},
		{"unicode value", "[profile foo]\nname = 😂", "", foo("name", "😂")},
		{"two properties", "[profile foo]\nname = value\nname2 = value2", "", foo("name", "value", "name2", "value2")},
		{"key and value trimmed", "[profile foo]\nname \t=  \tvalue \t", "", foo("name", "value")},
		{"no space around equals", "[profile foo]\nname=value", "", foo("name", "value")},
		{"empty value", "[profile foo]\nname =", "", foo("name", "")},
		{"key in upper case", "[profile foo]\nSSO_Region = us-east-1", "", foo("sso_region", "us-east-1")},
		{"two empty profiles", "[profile foo]\n[profile bar]", "", contents{"foo": {}, "bar": {}}},
		{
			"two profiles", "[profile foo]\nname = value\n[profile bar]\nname2 = value2", "",
			contents{"foo": {"name": "value"}, "bar": {"name2": "value2"}},
		},
		{"blank lines", "\t \n[profile foo]\n\t\n \nname = value\n\t \n[profile bar]\n \t", "", contents{"foo": {"name": "value"}, "bar": {}}},
		{"pound comments", "# a\n[profile foo] # b\nname = value # c # d", "", foo("name", "value")},
		{"semicolon comments", "; a\n[profile foo] ; b\nname = value ; c ; d", "", foo("name", "value")},
		{"comments of both sorts", "# a\n[profile foo] ; b\nname = value # c ; d", "", foo("name", "value")},
		{"comment after a tab", "[profile foo]\nname = value\t; c", "", foo("name", "value")},
		{"empty comments", ";\n[profile foo];\nname = value ;\n#", "", foo("name", "value")},
		{"comment instead of a value", "[profile foo]\nname = # c", "", foo("name", "")},
		{"comment without text instead of a value", "[profile foo]\nname = #", "", foo("name", "")},
		{"nothing but comments and blanks", "# a\n; b\n", " \t\n\n\t", contents{}},
		{"only space and tab are whitespace", "[profile foo]\nname = \u00a0v\f", "", foo("name", "\u00a0v\f")},
		{"comments that touch section lines", "[profile foo]; a\n[profile bar]#b", "", contents{"foo": {}, "bar": {}}},
		{"comment marks that touch values", "[profile foo]\nname = value; a\nname2 = value# b", "", foo("name", "value; a", "name2", "value# b")},
		{"fragment in a URL", "[profile foo]\nsso_start_url = https://x/start#/", "", foo("sso_start_url", "https://x/start#/")},
		{"continuation", "[profile foo]\nname = value\n -continued", "", foo("name", "value\n-continued")},
		{"continuations", "[profile foo]\nname = value\n a\n b\nlast = x", "", foo("name", "value\na\nb", "last", "x")},
		{"continuation trimmed", "[profile foo]\nname = value\n \t -continued \t ", "", foo("name", "value\n-continued")},
		{"continuation keeps pound comment", "[profile foo]\nname = value\n -continued # c", "", foo("name", "value\n-continued # c")},
		{"continuation keeps semicolon comment", "[profile foo]\nname = value\n -continued ; c", "", foo("name", "value\n-continued ; c")},
		{"indented comment is a continuation", "[profile foo]\nname = value\n # c", "", foo("name", "value\n# c")},
		{"indented property is a continuation", "[profile foo]\nname = value\n a = b", "", foo("name", "value\na = b")},
		{"indented section line is a continuation", "[profile foo]\nname = value\n [profile bar]", "", foo("name", "value\n[profile bar]")},
		{"continuation after blank and comment lines", "[profile foo]\nname = value\n\n# c\n more", "", foo("name", "value\nmore")},
		{"duplicate profiles merge", "[profile foo]\na = 1\n[profile bar]\n[profile foo]\nb = 2", "", contents{"foo": {"a": "1", "b": "2"}, "bar": {}}},
		{"last duplicate property wins", "[profile foo]\nname = value\nNAME = value2", "", foo("name", "value2")},
		{"last duplicate wins across sections", "[profile foo]\nname = value\n[profile foo]\nname = value2", "", foo("name", "value2")},
		{"prefixed default first", "[profile default]\nname = value\n[default]\nname2 = value2", "", contents{"default": {"name": "value"}}},
		{"prefixed default last", "[default]\nname2 = value2\n[profile default]\nname = value", "", contents{"default": {"name": "value"}}},
		{"plain default", "[default]\nname = value\n[default]\nb = c", "", contents{"default": {"name": "value", "b": "c"}}},
		{
			"prefixed default twice", "[default]\nx = y\n[profile default]\na = 1\n[default]\nx = y\n[profile default]\nb = 2", "",
			contents{"default": {"a": "1", "b": "2"}},
		},
		{
			"prefixed default and credentials", "[profile default]\na = 1\n[default]\nb = 2", "[default]\nc = 3",
			contents{"default": {"a": "1", "c": "3"}},
		},
		{"default in both files", "[default]\na = 1", "[default]\na = 2\n[profile default]\na = 3", contents{"default": {"a": "2"}}},
		{"invalid profile names", "[profile in valid]\na = b", "[in valid 2]\na = b", contents{}},
		{"unicode profile name", "[profile ü]\na = b", "[ü]\na = b", contents{}},
		{
			"invalid names between valid ones", "[profile foo]\nname = 1\n[profile in valid]\nx = 1\n[profile bar]\nname = 2",
			"[foo]\nc = 1\n[in valid]\nx = 1\n[bar]\nc = 2",
			contents{"foo": {"name": "1", "c": "1"}, "bar": {"name": "2", "c": "2"}},
		},
		{"brackets in names", "[profile foo]]\n[profile [foo]\na = b", "[foo]]\n[[foo]\na = b", contents{}},
		{"invalid property name", "[profile foo]\nin valid = value\nü = x\ngood = 1", "", foo("good", "1")},
		{"property name of a letter that is k in lower case", "[profile foo]\n\u212a = x\ngood = 1", "", foo("good", "1")},
		{"continuation of an invalid property", "[profile foo]\ngood = 1\nin valid = value\n more", "", foo("good", "1")},
		{"every byte of a profile name", "[profile " + everyByte + "]", "[" + everyByte + "]\na = b", contents{everyByte: {"a": "b"}}},
		{"every byte of a property name", "[profile foo]\n" + everyByte + " = value", "", foo(strings.ToLower(everyByte), "value")},
		{"sub-properties", "[profile foo]\ns3 =\n name = value", "", foo("s3", "\nname = value")},
		{"sub-property with empty value", "[profile foo]\ns3 =\n name =", "", foo("s3", "\nname =")},
		{"sub-property with invalid name", "[profile foo]\ns3 =\n in valid = value", "", foo("s3", "\nin valid = value")},
		{"sub-properties with blank lines", "[profile foo]\ns3 =\n name = value\n\t \n name2 = value2", "", foo("s3", "\nname = value\nname2 = value2")},
		{"sub-property keeps comment", "[profile foo]\nsso =\n endpoint_url = b # c", "", foo("sso", "\nendpoint_url = b # c")},
		{"sub-properties after a comment", "[profile foo]\ns3 = # c\n name = value", "", foo("s3", "\nname = value")},
		{"sub-properties around comments", "[profile foo]\ns3 =\n name = value\n# c\n; d\n name2 = value2", "", foo("s3", "\nname = value\nname2 = value2")},
		{"property after sub-properties", "[profile foo]\ns3 =\n name = value\nregion = x", "", foo("s3", "\nname = value", "region", "x")},
		{"property after an empty one", "[profile foo]\nsso =\nendpoint_url = b", "", foo("sso", "", "endpoint_url", "b")},
		{"files merge", "[profile foo]\nname = value", "[foo]\nname2 = value2", foo("name", "value", "name2", "value2")},
		{"credentials win", "[profile foo]\nname = value", "[foo]\nname = value2", foo("name", "value2")},
		{"credentials win in other letters", "[profile foo]\nName = value", "[foo]\nnAME = value2", foo("name", "value2")},
		{"config without prefix", "[foo]\nname = value", "", contents{}},
		{"prefix without name", "[profile]\nname = value", "[profile]\nname = value", contents{"profile": {"name": "value"}}},
		{"prefix and blanks", "[profile \t]\nname = value", "", contents{}},
		{"prefix that touches the name", "[profilefoo]\n[profile:foo]\nname = value", "", contents{}},
		{"credentials with prefix", "", "[profile foo]\nname = value", contents{}},
		{"sso-session in credentials", "", "[sso-session foo]\nname = value", contents{}},
		{"prefix in upper case", "[Profile foo]\nname = value", "", contents{}},
		{"DEFAULT is nobody", "[DEFAULT]\nname = value\n[profile foo]", "", foo()},
		{"prototype", "[profile __proto__]\n__proto__ = x", "", contents{"__proto__": {"__proto__": "x"}}},
		{"no interpolation", "[profile foo]\nname = %(x)s $HOME", "", foo("name", "%(x)s $HOME")},
		{"quotes of a value", "[profile foo]\nname = \"x\"", "", foo("name", `"x"`)},
		{"byte order mark", ByteOrderMark + "[profile foo]\nname = value", ByteOrderMark + "[foo]\nb = c", foo("name", "value", "b", "c")},
		{"byte order mark and comment", ByteOrderMark + "# hello\n[profile foo]", "", foo()},
		{"quoted name", `[profile "foo bar"]`, "", contents{"foo bar": {}}},
		{"quoted with single quotes", `[profile 'foo bar']`, "", contents{"foo bar": {}}},
		{"quotes without need", `[profile "foo"]`, "", foo()},
		{"quoted default", "[default]\na = 1\n[profile \"default\"]\nb = 2", "", contents{"default": {"b": "2"}}},
		{"escaped space", `[profile foo\ bar]`, "", contents{"foo bar": {}}},
		{"quotes in quotes", `[profile 'it'"'"'s "me"']` + "\n" + `[profile "a\"b\\c\d"]`, "", contents{`it's "me"`: {}, `a"b\c\d`: {}}},
		{"quoted comment mark", `[profile "foo #1"] # one`, "", contents{"foo #1": {}}},
		{"two words", `[profile "foo" bar]`, "", contents{}},
		{"unmatched quote", `[profile "foo]` + "\n" + `[profile foo\]`, "", contents{}},
		{"empty quotes", `[profile ""]`, "", contents{}},
		{"quotes in credentials", "", `["foo"]`, contents{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shared, err := parseText(tt.config, tt.credentials)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, contentsOf(shared.Profiles)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadOtherSections(t *testing.T) {
	shared, err := parseText(`[sso-session s]
sso_region = us-east-1
[ sso-session	default	] # a name like any other
[services x]
sso =
  endpoint_url = http://a
[sso-session "my sess"]
[plugins]
cli = yes
[sso-session my sess]
[sso-session]
[services]
[SSO-SESSION t]
[sso-session s]
sso_start_url = https://x/start
[future thing]
a = b
`, "[sso-session creds]\n[services creds]")
	if err != nil {
		t.Fatal(err)
	}
	sessions := contents{"s": {"sso_region": "us-east-1", "sso_start_url": "https://x/start"}, "default": {}, "my sess": {}}
	if diff := cmp.Diff(sessions, contentsOf(shared.Sessions)); diff != "" {
		t.Error(diff)
	}
	services := contents{"x": {"sso": "\nendpoint_url = http://a"}}
	if diff := cmp.Diff(services, contentsOf(shared.Services)); diff != "" {
		t.Error(diff)
	}
	if len(shared.Profiles) != 0 {
		t.Errorf("profiles: %v", contentsOf(shared.Profiles))
	}
}

func TestSyntaxErrors(t *testing.T) {
	tests := []struct {
		name   string
		config string
		line   int
		want   string
	}{
		{"unclosed", "[profile foo", 1, "Profile definition must end with ']'"},
		{"text after the brackets", "\n[profile foo] trailing", 2, "Profile definition must end with ']'"},
		{"comment mark in the name", "[profile a#b]", 1, "Profile definition must end with ']'"},
		{"comment mark in an unclosed quote", `[profile "a#b]`, 1, "Profile definition must end with ']'"},
		{"no name", "[]", 1, "Expected a profile definition"},
		{"property before a section", "# c\nname = value", 2, "Expected a profile definition"},
		{"continuation before a section", " -continued", 1, "Expected a profile definition"},
		{"continuation of a section", "[profile foo]\n -continued", 2, "Expected a property definition, found continuation"},
		{"comment for a continuation of a section", "[profile foo]\n # c", 2, "Expected a property definition, found continuation"},
		{"indented section line", "[profile foo]\n [profile bar]", 2, "Expected a property definition, found continuation"},
		{"indented section line before a section", " [profile bar]", 1, "Expected a profile definition"},
		{"comment for a continuation before a section", " # c", 1, "Expected a profile definition"},
		{"continuation of a second section", "[profile foo]\nname = value\n[profile foo]\n -continued", 4, "Expected a property definition, found continuation"},
		{"no equals sign", "[profile foo]\nname", 2, "Expected an '=' sign defining a property"},
		{"colon", "[profile foo]\nkey : value", 2, "Expected an '=' sign defining a property"},
		{"equals sign in a comment", "[profile foo]\nkey # = value", 2, "Expected an '=' sign defining a property"},
		{"no key", "[profile foo]\n= value", 2, "Property did not have a name"},
		{"no sub-property", "[profile foo]\ns3 =\n invalid", 3, "Expected an '=' sign defining a sub-property"},
		{"comment for a sub-property", "[profile foo]\ns3 =\n # comment", 3, "Expected an '=' sign defining a sub-property"},
		{"no sub-property in services", "[services x]\r\nsso =\r\n a = b\r\n invalid", 4, "Expected an '=' sign defining a sub-property"},
		{"sub-property without name", "[profile foo]\ns3 =\n = value", 3, "Sub-property did not have a name"},
		{"no sub-property of an invalid property", "[profile foo]\nin valid =\n invalid", 3, "Expected an '=' sign defining a sub-property"},
		{"no equals sign in an invalid profile", "[profile in valid]\nname", 2, "Expected an '=' sign defining a property"},
		{"no equals sign in a section for nobody", "[foo]\nname", 2, "Expected an '=' sign defining a property"},
		{"byte order mark in a line", "[profile foo]\n" + ByteOrderMark + "[profile bar]", 2, "Expected an '=' sign defining a property"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseText(tt.config, "")
			e, ok := errors.AsType[*SyntaxError](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			if e.Path != "config" || e.Line != tt.line || e.Reason != tt.want {
				t.Errorf("got %s:%d %q, want line %d %q", e.Path, e.Line, e.Reason, tt.line, tt.want)
			}
		})
	}
}

func TestReadSectionsSkipsDamage(t *testing.T) {
	shared, err := parseText(`lost = 1
also = lost
[profile a]
good = 1
bad line
  its continuation
also = good
[profile b
not = a's
	nor = this
[profile c]
s3 =
  bad
  good = 1
`, "junk\n[d]\na = b")
	if !errors.Is(err, shared.SyntaxErrors[0]) {
		t.Errorf("error is %v, want the first damage", err)
	}
	want := contents{
		"a": {"good": "1", "also": "good"},
		"c": {"s3": "\ngood = 1"},
		"d": {"a": "b"},
	}
	if diff := cmp.Diff(want, contentsOf(shared.Profiles)); diff != "" {
		t.Error(diff)
	}
	var places []string
	for _, e := range shared.SyntaxErrors {
		places = append(places, e.Error())
	}
	if diff := cmp.Diff([]string{
		"config:1: Expected a profile definition",
		"config:5: Expected an '=' sign defining a property",
		"config:8: Profile definition must end with ']'",
		"config:13: Expected an '=' sign defining a sub-property",
		"credentials:1: Expected a profile definition",
	}, places); diff != "" {
		t.Error(diff)
	}
}

func TestReadSectionsPlaces(t *testing.T) {
	shared, err := parseText("[default]\r\nx = 1\r\n# c\r\n[profile b]\r\na = 1\r\n[profile default]\r\na = 1\r\n  b\r\na = 2\r\n", "\n[default]\nc = 3")
	if err != nil {
		t.Fatal(err)
	}
	want := []*Section{
		{Name: "default", File: "config", Line: 6, Properties: []Property{
			{"a", "1\nb", "config", 7},
			{"a", "2", "config", 9},
			{"c", "3", "credentials", 3},
		}},
		{Name: "b", File: "config", Line: 4, Properties: []Property{{"a", "1", "config", 5}}},
	}
	if diff := cmp.Diff(want, shared.Profiles); diff != "" {
		t.Error(diff)
	}
}

func TestScannerOffsets(t *testing.T) {
	const text = ByteOrderMark + "[profile a]\r\nb = c\r\n  d\r\njunk\r\n"
	s := scanner{text: text, line: 1}
	var got []string
	for tok, more := s.next(); more; tok, more = s.next() {
		line, _, _ := strings.Cut(text[tok.offset:], "\r\n")
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"[profile a]", "b = c", "  d", "junk"}, got); diff != "" {
		t.Error(diff)
	}
}

// Header and Classify are inverse.
func TestHeader(t *testing.T) {
	tests := []struct {
		kind       Kind
		name, want string
		unreadable bool
	}{
		{Profile, "dev", "[profile dev]", false},
		{Profile, "default", "[default]", false},
		{Session, "default", "[sso-session default]", false},
		{Services, "a/b@c:d", "[services a/b@c:d]", false},
		{Profile, "dev one", "[profile 'dev one']", false},
		{Session, "é #1 \\", `[sso-session 'é #1 \']`, false},
		{Profile, `it's "me"`, `[profile 'it'"'"'s "me"']`, false},
		{Profile, "two\nlines", `[profile "two\nlines"]`, true},
		{Profile, "", `[profile ""]`, true},
	}
	for _, tt := range tests {
		got := tt.kind.Header(tt.name)
		if got != tt.want {
			t.Errorf("%q is written %s, want %s", tt.name, got, tt.want)
		}
		text, ok := bracketed(got, true)
		kind, name := Classify(text, false, true)
		if kind == PlainDefault {
			kind = Profile
		}
		if read := ok && kind == tt.kind && name == tt.name; read == tt.unreadable {
			t.Errorf("%s is read as %d %q", got, kind, name)
		}
	}
}
