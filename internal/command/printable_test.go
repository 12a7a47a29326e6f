package command

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/latchkey-sso/latchkey/idctest"
)

// tricks are characters that control a terminal or disguise text.
const tricks = "\x1b[2J\x07\r\x7f\u009b2J\u202a\u202e\u2066\u2069\u200e\u200f\u2028\u2029\u00ad\u200d\ufeff\U000e0041"

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain":        "plain",
		"Zoë 本番 🙂":     "Zoë 本番 🙂",
		"a\x1b[2Jb":    `a\u001b[2Jb`,
		"\u202e\u2028": `\u202e\u2028`,
		"\U000e0041":   `\udb40\udc41`,
		"a\xffb":       "a\ufffdb",
		"\u3164\u115f": `\u3164\u115f`,
		"\u2800\u034f": `\u2800\u034f`,
		"a\ufe0f":      `a\ufe0f`,
		"\U000e0100":   `\udb40\udd00`,
		"a\tb\nc":      `a\u0009b\u000ac`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	var b bytes.Buffer
	n, err := printableWriter{&b}.Write([]byte("a\tb\n" + tricks))
	if err != nil || n != len("a\tb\n"+tricks) || !strings.HasPrefix(b.String(), "a\tb\n\\u001b[2J") || !isPrintable(b.String()) {
		t.Errorf("%d bytes, error %v: %q", n, err, b.String())
	}
	var back string
	if err := json.Unmarshal([]byte(`"`+printable(tricks)+`"`), &back); err != nil || back != tricks {
		t.Errorf("as JSON it is %q, error %v", back, err)
	}
	if got := oneLine(" a\nb\n"); got != "a; b" {
		t.Errorf("two lines are %q", got)
	}
	if got := oneLine(strings.Repeat("é", 1<<19)); len(got) > maxLine+40 || !strings.HasSuffix(got, "é ... (1046576 bytes more)") {
		t.Errorf("a long line has %d bytes and ends in %q", len(got), got[len(got)-40:])
	}
}

func isPrintable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) < 0
}

// TestNothingPlaysTricks checks that the command escapes control characters from config files, token
// files, variables and servers.
func TestNothingPlaysTricks(t *testing.T) {
	server := idctest.NewServer(t)
	home := idctest.Home(t, server)
	inline := strings.ReplaceAll(tricks, "\r", "") // which would end a line of the config file
	home.Write("config", "[sso-session corp]\nsso_start_url = https://h/"+inline+"\nsso_region = us-east-1\n"+
		"[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin"+inline+"\n"+
		"[profile odd"+inline+"]\nsso_session = none"+inline+"\n"+
		"[profile legacy]\nsso_start_url = https://h/"+inline+"\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = r\n"+
		"[profile keys"+inline+"\n")
	token := server.SignIn()
	token.StartURL = "https://h/" + tricks + "\nstate  signed in"
	home.WriteToken(token, "corp")
	home.Write("sso/cache/other.json", string(token.TokenFile()))
	body, err := json.Marshal(map[string]string{"__type": "Forbidden" + tricks, "message": tricks + strings.Repeat("x", 1<<19)})
	if err != nil {
		t.Fatal(err)
	}
	server.Fail("GetRoleCredentials", idctest.Fault{Times: -1, Status: 403, Body: body})
	shown := 0
	for _, args := range [][]string{
		{"status"},
		{"status", "--all"},
		{"status", "--all", "--json"},
		{"status", "--profile", "dev"},
		{"status", "--profile", "dev", "--json"},
		{"status", "--profile", "legacy"},
		{"status", "--profile", "odd" + inline},
		{"status", "--profile", "none" + tricks},
		{"status" + tricks},
		{"status", tricks},
		{"--" + tricks},
		{"credential-process", "--profile", "dev"},
		{"credential-process", "--profile", "dev", "--debug"},
		{"token", "--profile", "legacy", "--debug"},
		{"logout", "--sso-session", "no" + tricks},
		{"__complete", "status", "--profile", ""},
		{"__complete", "status", "--sso-session", ""},
		{"__complete", "serve", "--profile", ""},
		{"logout", "--profile", "legacy"},
		{"logout", "--profile", "dev"},
	} {
		var stdout, stderr bytes.Buffer
		code := Run(t.Context(), args, &stdout, &stderr)
		if text := stdout.String() + stderr.String(); !isPrintable(text) || text == "" {
			t.Errorf("%q, exit code %d, prints\n%q", args, code, text)
		} else if strings.Contains(text, `\u001b`) {
			shown++
		}
		for line := range strings.Lines(stderr.String()) {
			if len(line) > maxLine+200 {
				t.Errorf("%q prints a line of %d bytes", args, len(line))
			}
		}
		if strings.Contains(stdout.String(), "\nstate  signed in\n") {
			t.Errorf("%q prints a line of a token file's own:\n%s", args, stdout.String())
		}
	}
	if shown < 8 {
		t.Errorf("only %d of the commands had something to escape", shown)
	}
}
