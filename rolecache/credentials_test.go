package rolecache_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/rolecache"
)

func TestStoreContent(t *testing.T) {
	dir := rolecache.Dir(t.TempDir())
	c := cliCredentials()
	c.AccountID = ""
	c.SecretAccessKey = "a/+\"\\é<"
	mustStore(t, dir, c)
	filetest.Want(t, dir.Path(key), `{"ProviderType": "sso", "Credentials": {"AccessKeyId": "AK", "SecretAccessKey": "a/+\"\\\u00e9<", `+
		`"SessionToken": "ST", "Expiration": "2100-01-01T00:00:00Z"}}`)
	wantCredentials(t, mustLoad(t, dir), c)
}

func TestStoreErrors(t *testing.T) {
	dir := rolecache.Dir(t.TempDir())
	mustStore(t, dir, cliCredentials())
	for name, change := range map[string]func(c *rolecache.Credentials){
		"no access key":    func(c *rolecache.Credentials) { c.AccessKeyID = "" },
		"no secret key":    func(c *rolecache.Credentials) { c.SecretAccessKey = "" },
		"no session token": func(c *rolecache.Credentials) { c.SessionToken = "" },
		"no expiry":        func(c *rolecache.Credentials) { c.Expires = time.Time{} },
		"no text":          func(c *rolecache.Credentials) { c.SecretAccessKey = "hunter2\xff" },
		"placeholder":      func(c *rolecache.Credentials) { c.SecretAccessKey = "[redacted]" },
		"placeholder, too": func(c *rolecache.Credentials) { c.SessionToken = "[redacted]" },
	} {
		c := cliCredentials()
		change(c)
		err := dir.Store(t.Context(), key, c)
		if err == nil || !strings.HasPrefix(err.Error(), "rolecache: encode credentials: ") || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", name, err)
		}
	}
	filetest.Want(t, dir.Path(key), cliFile)
}

func TestLoadForms(t *testing.T) {
	inner := func(expiration string) string {
		return `{"Credentials":{"AccessKeyId":"AK","SecretAccessKey":"SK","SessionToken":"ST","Expiration":"` + expiration + `"}}`
	}
	for name, tt := range map[string]struct {
		content string
		want    *rolecache.Credentials
	}{
		"AWS CLI":             {cliFile, cliCredentials()},
		"no account, no type": {inner("2100-01-01T00:00:00Z"), &rolecache.Credentials{AccessKeyID: "AK", SecretAccessKey: "SK", SessionToken: "ST", Expires: expiry}},
		"older AWS CLI":       {inner("2100-01-01T00:00:00UTC"), &rolecache.Credentials{AccessKeyID: "AK", SecretAccessKey: "SK", SessionToken: "ST", Expires: expiry}},
		"last one counts": {
			`{"Credentials":{"AccessKeyId":"other"},"x":[1],` + cliFile[1:], cliCredentials(),
		},
		"unknown and null": {
			"\ufeff" + strings.Replace(cliFile, `"012345678901"`, `null, "Scope": 5`, 1) + "\n",
			&rolecache.Credentials{AccessKeyID: "AK", SecretAccessKey: "SK", SessionToken: "ST", Expires: expiry},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := rolecache.Dir(t.TempDir())
			filetest.Write(t, dir.Path(key), tt.content)
			wantCredentials(t, mustLoad(t, dir), tt.want)
		})
	}
}

func TestLoadInvalid(t *testing.T) {
	without := func(member string) string {
		i := strings.Index(cliFile, `"`+member)
		j := i + strings.Index(cliFile[i:], `", "`) + 3
		return cliFile[:i] + cliFile[j:]
	}
	with := func(old, text string) string { return strings.Replace(cliFile, old, text, 1) }
	for _, tt := range []struct{ name, content, reason string }{
		{"empty", "", "empty"},
		{"cut off", cliFile[:60], "not valid JSON"},
		{"trailing junk", cliFile + "}", "not valid JSON"},
		{"list", "[]", "not a JSON object"},
		{"number", "5", "not a JSON object"},
		{"no credentials", `{"ProviderType": "sso"}`, `no "AccessKeyId"`},
		{"null credentials", `{"Credentials": null}`, `"Credentials" is not a JSON object`},
		{"list of credentials", `{"Credentials": ["hunter2"]}`, `"Credentials" is not a JSON object`},
		{"no access key", without("AccessKeyId"), `no "AccessKeyId"`},
		{"no secret key", without("SecretAccessKey"), `no "SecretAccessKey"`},
		{"empty secret key", with(`"SK"`, `""`), `no "SecretAccessKey"`},
		{"no session token", without("SessionToken"), `no "SessionToken"`},
		{"no expiry", without("Expiration"), `"Expiration" is missing or not a time`},
		{"unreadable expiry", with("2100-01-01T00:00:00Z", "hunter2"), `"Expiration" is missing or not a time`},
		{"number for expiry", with(`"2100-01-01T00:00:00Z"`, "5"), `"Expiration" is not a string`},
		{"number for access key", with(`"AK"`, "5"), `"AccessKeyId" is not a string`},
		{"list for secret key", with(`"SK"`, `["hunter2"]`), `"SecretAccessKey" is not a string`},
		{"bool for session token", with(`"ST"`, "true"), `"SessionToken" is not a string`},
		{"placeholder for secret key", with(`"SK"`, `"[redacted]"`), `"SecretAccessKey" holds a placeholder in place of a secret`},
		{"placeholder for session token", with(`"ST"`, `"[redacted]"`), `"SessionToken" holds a placeholder in place of a secret`},
		{"number for account", with(`"012345678901"`, "12345678901"), `"AccountId" is not a string`},
		{"other case", strings.ToLower(cliFile), `no "AccessKeyId"`},
		{"too large", cliFile + strings.Repeat(" ", 1<<20), "larger than 1 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := rolecache.Dir(t.TempDir())
			filetest.Write(t, dir.Path(key), tt.content)
			synctest.Test(t, func(t *testing.T) {
				c, err := dir.Load(t.Context(), key)
				var invalid *rolecache.InvalidError
				if !errors.As(err, &invalid) || c != nil {
					t.Fatalf("Load = %v, %v; want an *InvalidError", c, err)
				}
				if invalid.Path != dir.Path(key) || invalid.Reason != tt.reason {
					t.Errorf("error %+v, want %q", invalid, tt.reason)
				}
				_, err = rolecache.Parse([]byte(tt.content))
				if tt.name != "too large" && (err == nil || err.Error() != "rolecache: parse credentials: "+tt.reason) {
					t.Errorf("Parse: error %q, want %q", err, tt.reason)
				}
				if want := "rolecache: read " + dir.Path(key) + ": " + tt.reason; invalid.Error() != want {
					t.Errorf("error %q, want %q", invalid, want)
				}
			})
		})
	}
}

func TestCredentialsRedacted(t *testing.T) {
	c := cliCredentials()
	c.SecretAccessKey, c.SessionToken = "hunter2", "hunter2"
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, arg := range []any{c, *c, []*rolecache.Credentials{c}, struct{ C *rolecache.Credentials }{c}} {
			fmt.Fprintf(&out, verb+"\n", arg)
		}
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("secret printed:\n%s", out.String())
	}
	if !slices.Contains(strings.Fields(out.String()), `SessionToken:[redacted]`) {
		t.Errorf("fields missing:\n%s", out.String())
	}
}

// TestCredentialsEncode: Parse accepts the output of Encode, and rejects the redacted secrets of
// json.Marshal.
func TestCredentialsEncode(t *testing.T) {
	credentials, err := rolecache.Parse([]byte(cliFile))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := credentials.Encode(); err != nil || string(data) != cliFile {
		t.Errorf("Encode = %s, %v; want %s", data, err, cliFile)
	}
	if data, err := (&rolecache.Credentials{AccessKeyID: "AK"}).Encode(); err == nil || !strings.HasPrefix(err.Error(), "rolecache: encode credentials: ") {
		t.Errorf("Encode of incomplete credentials = %s, %v", data, err)
	}
	data, err := json.Marshal(credentials)
	if err != nil {
		t.Fatal(err)
	}
	var back rolecache.Credentials
	if err := json.Unmarshal(data, &back); err == nil || back.SecretAccessKey != "" {
		t.Errorf("Parse(%s) = secret access key %q", data, string(back.SecretAccessKey))
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{cliFile, cliFile + "\n", cliFile[:70], "null", "{}", `{"Credentials":{}}`, strings.ToLower(cliFile)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := rolecache.Dir(t.TempDir())
		filetest.Write(t, dir.Path(key), string(data))
		synctest.Test(t, func(t *testing.T) { // Load retries a torn file
			c, err := dir.Load(t.Context(), key)
			if err != nil {
				var invalid *rolecache.InvalidError
				if !errors.As(err, &invalid) {
					t.Errorf("%v is not an *InvalidError", err)
				}
				return
			}
			mustStore(t, dir, c)
			c.Expires = c.Expires.Truncate(time.Second)
			wantCredentials(t, mustLoad(t, dir), c)
		})
	})
}
