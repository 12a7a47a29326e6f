package redact_test

import (
	"net/url"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

func TestURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://h:1/a%2Fb":                     "https://h:1/a%2Fb",
		"https://hunter2:x@h/a?hunter2#hunter2": "https://h/a",
		"https://hunter2@h?":                    "https://h",
		"ftp:x?hunter2":                         "ftp:x",
		"host.example":                          "host.example",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := redact.URL(u); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
		if u.String() != text {
			t.Errorf("%s became %s", text, u)
		}
	}
}
