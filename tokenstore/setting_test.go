package tokenstore_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/tokenstore"
)

func TestParse(t *testing.T) {
	for setting, want := range map[string]tokenstore.Setting{
		"":                            {Scheme: "file"},
		"  ":                          {Scheme: "file"},
		"file":                        {Scheme: "file"},
		"dir:~/aws":                   {Scheme: "dir", Value: "~/aws"},
		" dir:/a b?c+%41 ":            {Scheme: "dir", Value: "/a b?c+%41"},
		`dir:C:\Users\me`:             {Scheme: "dir", Value: `C:\Users\me`},
		`dir:\\?\C:\a?x=y`:            {Scheme: "dir", Value: `\\?\C:\a`, Params: url.Values{"x": {"y"}}},
		"keyring?dir=/a+b":            {Scheme: "keyring", Params: url.Values{"dir": {"/a+b"}}},
		"passphrase:?dir=/a":          {Scheme: "passphrase", Params: url.Values{"dir": {"/a"}}},
		"age:/id?dir=/a%26b%25&dir=c": {Scheme: "age", Value: "/id", Params: url.Values{"dir": {"/a&b%", "c"}}},
		"redis://me@h:6379/0?key_file=/k&password_file=/p": {
			Scheme: "redis", Value: "//me@h:6379/0", Params: url.Values{"key_file": {"/k"}, "password_file": {"/p"}},
		},
		"rediss://[::1]:6379": {Scheme: "rediss", Value: "//[::1]:6379"},
	} {
		got, err := tokenstore.Parse(setting)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Parse(%q): %v\n%s", setting, err, diff)
		}
		again, err := tokenstore.Parse(got.String())
		if diff := cmp.Diff(got, again); diff != "" || err != nil {
			t.Errorf("Parse(%q), from String: %v\n%s", got.String(), err, diff)
		}
	}
}

func TestParseInvalid(t *testing.T) {
	for setting, want := range map[string]string{
		"/home/me":                        "write dir:/home/me",
		"~/aws":                           "write dir:~/aws",
		`C:\Users\me`:                     `write dir:C:\Users\me`,
		"File":                            "write file, dir:/path",
		":x":                              "write file",
		"keyring?dir=a&b":                 "a parameter is not name=value",
		"keyring?dir=%zz":                 "write %25 for %",
		"redis://me:hunter2@h:6379":       "a password must not be in the setting",
		"redis://me@corp:hunter2@h":       "a password must not be in the setting",
		"redis://:hunter2@h":              "a password must not be in the setting",
		"redis:me:hunter2@h":              "a password must not be in the setting",
		"redis://me:hunter2/x@h:6379/1":   "a password must not be in the setting",
		"redis://h?password=hunter2":      "set password_file",
		"age:/id?passphrase=hunter2&x=&y": "a parameter is not name=value",
		"Me:hunter2@x=y/":                 "write file",
		"Redis://me:hunter2@h":            "write file",
		"redis://h?Password=hunter2":      "a name in lower case",
		"redis://h?x&password=hunter2":    "a name in lower case",
		"redis://h?key=hunter2":           "set key_file",
		"passphrase:hunter2":              "is relative",
		"age:hunter2":                     "is relative",
		"redis://h?key_file=hunter2":      "is relative",
	} {
		got, err := tokenstore.Parse(setting)
		var invalid *tokenstore.SettingError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q and no secret", setting, got, err, want)
		}
	}
}
