package tokencache_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// cliFile is the token file that AWS CLI 2.36 writes after a sign-in.
const cliFile = `{"startUrl": "https://d-1.awsapps.com/start", "region": "us-east-1", "accessToken": "at", ` +
	`"expiresAt": "2026-11-22T04:08:41Z", "clientId": "cid", "clientSecret": "csec", ` +
	`"registrationExpiresAt": "2030-03-17T17:46:40Z", "refreshToken": "rt"}`

var (
	expiry             = time.Date(2026, 11, 22, 4, 8, 41, 0, time.UTC)
	registrationExpiry = time.Date(2030, 3, 17, 17, 46, 40, 0, time.UTC)
)

// cliToken is the token in cliFile.
func cliToken() *tokencache.Token {
	return &tokencache.Token{
		StartURL: "https://d-1.awsapps.com/start", Region: "us-east-1",
		AccessToken: "at", ExpiresAt: expiry,
		ClientID: "cid", ClientSecret: "csec", RegistrationExpiresAt: registrationExpiry, RefreshToken: "rt",
	}
}

func TestExpired(t *testing.T) {
	token := cliToken()
	for name, tt := range map[string]struct {
		now  time.Time
		want bool
	}{
		"before": {expiry.Add(-1), false},
		"at":     {expiry, true},
		"after":  {expiry.Add(1), true},
		"zone":   {expiry.Add(-time.Second).In(time.FixedZone("", 7200)), false},
	} {
		if got := token.Expired(tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestRefreshable(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(token *tokencache.Token)
		now    time.Time
		want   bool
	}{
		"complete":                     {func(*tokencache.Token) {}, expiry, true},
		"no refresh token":             {func(token *tokencache.Token) { token.RefreshToken = "" }, expiry, false},
		"no client id":                 {func(token *tokencache.Token) { token.ClientID = "" }, expiry, false},
		"no client secret":             {func(token *tokencache.Token) { token.ClientSecret = "" }, expiry, false},
		"no registration expiry":       {func(token *tokencache.Token) { token.RegistrationExpiresAt = time.Time{} }, expiry, true},
		"registration about to expire": {func(*tokencache.Token) {}, registrationExpiry.Add(-1), true},
		"registration expired":         {func(*tokencache.Token) {}, registrationExpiry, false},
	} {
		token := cliToken()
		tt.change(token)
		if got := token.Refreshable(tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	minimal := &tokencache.Token{AccessToken: "at", ExpiresAt: expiry}
	with := func(change func(token *tokencache.Token)) *tokencache.Token {
		token := cliToken()
		change(token)
		return token
	}
	for _, tt := range []struct {
		name, in string
		want     *tokencache.Token
	}{
		{"AWS CLI", cliFile, cliToken()},
		{
			"Go SDK", `{"accessToken":"at","clientId":"cid","clientSecret":"csec","expiresAt":"2026-11-22T04:08:41Z","refreshToken":"rt",` +
				`"region":"us-east-1","registrationExpiresAt":"2030-03-17T17:46:40Z","startUrl":"https://d-1.awsapps.com/start"}` + "\n",
			cliToken(),
		},
		{
			"JavaScript SDK", "{\n  \"startUrl\": \"https://d-1.awsapps.com/start\",\n  \"region\": \"us-east-1\",\n  \"accessToken\": \"at\",\n" +
				"  \"expiresAt\": \"2026-11-22T04:08:41.804Z\",\n  \"clientId\": \"cid\",\n  \"clientSecret\": \"csec\",\n" +
				"  \"registrationExpiresAt\": \"2030-03-17T17:46:40Z\",\n  \"refreshToken\": \"rt\"\n}",
			with(func(token *tokencache.Token) { token.ExpiresAt = expiry.Add(804 * time.Millisecond) }),
		},
		{"old AWS CLI", `{"accessToken": "at", "expiresAt": "2026-11-22T04:08:41UTC"}`, minimal},
		{"Java SDK", `{"accessToken":"at","expiresAt":"2026-11-22T04:08:41.000000Z"}`, minimal},
		{"offset", `{"accessToken":"at","expiresAt":"2026-11-21T21:08:41-07:00"}`, minimal},
		{"no offset", `{"accessToken":"at","expiresAt":"2026-11-22T04:08:41"}`, minimal},
		{"small letters", `{"accessToken":"at","expiresAt":"2026-11-22t04:08:41z"}`, minimal},
		{"space", `{"accessToken":"at","expiresAt":"2026-11-22 04:08:41Z"}`, minimal},
		{"byte order mark", "\ufeff" + `{"accessToken":"at","expiresAt":"2026-11-22T04:08:41Z"}`, minimal},
		{
			"null means missing", `{"accessToken":"at","expiresAt":"2026-11-22T04:08:41Z","clientId":null,"clientSecret":null,` +
				`"refreshToken":null,"registrationExpiresAt":null,"region":null,"startUrl":null}`,
			minimal,
		},
		{"empty means missing", `{"accessToken":"at","expiresAt":"2026-11-22T04:08:41Z","clientId":"","registrationExpiresAt":""}`, minimal},
		{"the last duplicate wins", `{"accessToken":"first","expiresAt":"never","expiresAt":"2026-11-22T04:08:41Z","accessToken":"at"}`, minimal},
		{
			"other spellings are other members",
			`{"accessToken":"at","AccessToken":"AT","expiresAt":"2026-11-22T04:08:41Z","ExpiresAt":5,"clientid":"x","access_token":1}`,
			minimal,
		},
		{"escaped name", `{"access\u0054oken":"at","expiresAt":"2026-11-22T04:08:41Z"}`, minimal},
		{
			"invalid registration expiry", `{"accessToken":"at","expiresAt":"2026-11-22T04:08:41Z","registrationExpiresAt":"soon"}`,
			minimal,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tokencache.Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			wantToken(t, got, tt.want)
		})
	}
}

func TestParseErrors(t *testing.T) {
	const rest = `,"accessToken":"hunter2","expiresAt":"2026-11-22T04:08:41Z"}`
	for _, tt := range []struct{ name, in, reason string }{
		{"empty", "", "empty"},
		{"white space", " \n", "empty"},
		{"cut off", `{"accessToken": "hunter2", "expi`, "not valid JSON"},
		{"trailing junk", cliFile + `"}`, "not valid JSON"},
		{"null", "null", "not a JSON object"},
		{"list", "[]", "not a JSON object"},
		{"string", `"hunter2"`, "not a JSON object"},
		{"no members", "{}", `no "accessToken"`},
		{"no access token", `{"expiresAt":"2026-11-22T04:08:41Z"}`, `no "accessToken"`},
		{"empty access token", `{"accessToken":"","expiresAt":"2026-11-22T04:08:41Z"}`, `no "accessToken"`},
		{"null access token", `{"accessToken":null,"expiresAt":"2026-11-22T04:08:41Z"}`, `no "accessToken"`},
		{"last access token empty", `{"accessToken":"hunter2","accessToken":"","expiresAt":"2026-11-22T04:08:41Z"}`, `no "accessToken"`},
		{"other case", `{"AccessToken":"hunter2","expiresAt":"2026-11-22T04:08:41Z"}`, `no "accessToken"`},
		{"registration", `{"clientId":"hunter2","clientSecret":"hunter2","expiresAt":"2026-11-22T04:08:41Z"}`, `no "accessToken"`},
		{"no expiry", `{"accessToken":"hunter2"}`, `"expiresAt" is missing or not a time`},
		{"null expiry", `{"accessToken":"hunter2","expiresAt":null}`, `"expiresAt" is missing or not a time`},
		{"empty expiry", `{"accessToken":"hunter2","expiresAt":""}`, `"expiresAt" is missing or not a time`},
		{"unreadable expiry", `{"accessToken":"hunter2","expiresAt":"hunter2"}`, `"expiresAt" is missing or not a time`},
		{"expiry out of range", `{"accessToken":"hunter2","expiresAt":"0001-01-01T00:00:00Z"}`, `"expiresAt" is missing or not a time`},
		{"number for expiry", `{"accessToken":"hunter2","expiresAt":1795320521}`, `"expiresAt" is not a string`},
		{"number for access token", `{"accessToken":5,"expiresAt":"2026-11-22T04:08:41Z"}`, `"accessToken" is not a string`},
		{"placeholder for access token", `{"accessToken":"[redacted]","expiresAt":"2026-11-22T04:08:41Z"}`, `"accessToken" holds a placeholder in place of a secret`},
		{"placeholder for refresh token", `{"refreshToken":"[redacted]"` + rest, `"refreshToken" holds a placeholder in place of a secret`},
		{"list for start URL", `{"startUrl":["hunter2"]` + rest, `"startUrl" is not a string`},
		{"object for region", `{"region":{}` + rest, `"region" is not a string`},
		{"bool for client id", `{"clientId":true` + rest, `"clientId" is not a string`},
		{"number for client secret", `{"clientSecret":0` + rest, `"clientSecret" is not a string`},
		{"number for refresh token", `{"refreshToken":0` + rest, `"refreshToken" is not a string`},
		{"number for registration", `{"registrationExpiresAt":0` + rest, `"registrationExpiresAt" is not a string`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := tokencache.Parse([]byte(tt.in))
			var invalid *tokencache.InvalidError
			if !errors.As(err, &invalid) || token != nil {
				t.Fatalf("Parse = %v, %v; want an *InvalidError", token, err)
			}
			if invalid.Path != "" || invalid.Reason != tt.reason || err.Error() != "tokencache: parse token: "+tt.reason {
				t.Errorf("error %v, want %q", err, tt.reason)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(token *tokencache.Token)
		want   string
	}{
		{"complete", func(*tokencache.Token) {}, cliFile},
		{
			"no refresh token", func(token *tokencache.Token) { token.RefreshToken = "" },
			strings.Replace(cliFile, `, "refreshToken": "rt"`, "", 1),
		},
		{
			"no registration", func(token *tokencache.Token) {
				token.ClientID, token.ClientSecret, token.RefreshToken, token.RegistrationExpiresAt = "", "", "", time.Time{}
			},
			`{"startUrl": "https://d-1.awsapps.com/start", "region": "us-east-1", "accessToken": "at", "expiresAt": "2026-11-22T04:08:41Z"}`,
		},
		{
			"minimal", func(token *tokencache.Token) { *token = tokencache.Token{AccessToken: "at", ExpiresAt: expiry} },
			`{"accessToken": "at", "expiresAt": "2026-11-22T04:08:41Z"}`,
		},
		{
			"escapes", func(token *tokencache.Token) {
				*token = tokencache.Token{StartURL: "https://é/<&>😀", AccessToken: "a\"\\\n\x7f", ExpiresAt: expiry}
			},
			`{"startUrl": "https://\u00e9/<&>\ud83d\ude00", "accessToken": "a\"\\\n\u007f", "expiresAt": "2026-11-22T04:08:41Z"}`,
		},
		{
			"times are floored, in UTC", func(token *tokencache.Token) {
				zone := time.FixedZone("", -7*3600)
				token.ExpiresAt = expiry.Add(999_999_999).In(zone)
				token.RegistrationExpiresAt = registrationExpiry.Add(time.Second - 1).In(zone)
			}, cliFile,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := cliToken()
			tt.change(token)
			got, err := token.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	for name, change := range map[string]func(token *tokencache.Token){
		"no access token":     func(token *tokencache.Token) { token.AccessToken = "" },
		"no expiry":           func(token *tokencache.Token) { token.ExpiresAt = time.Time{} },
		"expiry out of range": func(token *tokencache.Token) { token.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"registration expiry out of range": func(token *tokencache.Token) {
			token.RegistrationExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		},
		"access token not UTF-8": func(token *tokencache.Token) { token.AccessToken = "hunter2\xff" },
		"placeholder":            func(token *tokencache.Token) { token.AccessToken = "[redacted]" },
		"placeholder, client":    func(token *tokencache.Token) { token.ClientSecret = "[redacted]" },
		"placeholder, refresh":   func(token *tokencache.Token) { token.RefreshToken = "[redacted]" },
		"start URL not UTF-8":    func(token *tokencache.Token) { token.StartURL = "hunter2\xff" },
	} {
		token := cliToken()
		change(token)
		data, err := token.Encode()
		if err == nil || data != nil || !strings.HasPrefix(err.Error(), "tokencache: encode token: ") || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %q, %v; want an error", name, data, err)
		}
	}
}

// TestUnknownMembers: a refresh keeps the members of other tools, byte for byte.
func TestUnknownMembers(t *testing.T) {
	const in = `{"big":12345678901234567890, "accessToken":"old","\u0062":{ "x":[1.0,1e400,"\/é\u00e9"] },
 "expiresAt":"2026-11-22T04:08:41Z" , "b" :null,"b":"<twice>", "refreshToken":"rt","AccessToken":"other"}`
	const tail = `, "big": 12345678901234567890, "\u0062": { "x":[1.0,1e400,"\/é\u00e9"] }, "b": null, "b": "<twice>", "AccessToken": "other"}`
	token, err := tokencache.Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	refreshed := *token // as a refresh does
	refreshed.AccessToken = "new"
	refreshed.ExpiresAt = expiry.Add(time.Hour)
	got, err := refreshed.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"accessToken": "new", "expiresAt": "2026-11-22T05:08:41Z", "refreshToken": "rt"` + tail
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	again, err := tokencache.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	if twice, err := again.Encode(); err != nil || !bytes.Equal(twice, got) {
		t.Errorf("second Encode = %s, %v", twice, err)
	}
}

// TestTokenRedacted also covers unknown members: some tools store an ID token in the file.
func TestTokenRedacted(t *testing.T) {
	token, err := tokencache.Parse([]byte(`{"accessToken":"hunter2","expiresAt":"2026-11-22T04:08:41Z",` +
		`"clientSecret":"hunter2","refreshToken":"hunter2","idToken":"hunter2"}`))
	if err != nil {
		t.Fatal(err)
	}
	registration := &tokencache.Registration{ClientID: "cid", ClientSecret: "hunter2"}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, arg := range []any{token, *token, tokencache.Entry{Token: token}, registration, *registration, []any{token, registration}} {
			fmt.Fprintf(&out, verb+"\n", arg)
		}
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "token", token, "value", *token, "registration", registration)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "token", token, "value", *token, "registration", registration)
	data, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(data)
	for _, leak := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), "104 117 110 116 101 114 50"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q printed in:\n%s", leak, out.String())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		cliFile, cliFile + "\n", "\ufeff" + cliFile, cliFile[:50], "null", "{}",
		`{"accessToken":"é😀","expiresAt":"2026-11-22 04:08:41.5UTC","x":12345678901234567890,"y":{"z":[ ]},"x":"\u00e9é"}`,
		`{"accessToken":"\ud800","expiresAt":"0002-01-01T00:00:00+23:59","clientId":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := tokencache.Parse(data)
		if err != nil {
			var invalid *tokencache.InvalidError
			if !errors.As(err, &invalid) {
				t.Errorf("%v is not an *InvalidError", err)
			}
			return
		}
		encoded, err := token.Encode()
		if err != nil {
			t.Fatalf("Encode of a parsed token: %v", err)
		}
		again, err := tokencache.Parse(encoded)
		if err != nil {
			t.Fatalf("%s: %v", encoded, err)
		}
		token.ExpiresAt = token.ExpiresAt.Truncate(time.Second)
		token.RegistrationExpiresAt = token.RegistrationExpiresAt.Truncate(time.Second)
		wantToken(t, again, token)
		if twice, err := again.Encode(); err != nil || !bytes.Equal(twice, encoded) {
			t.Errorf("first Encode = %s\nsecond Encode = %s, %v", encoded, twice, err)
		}
		for name, value := range unknown(t, data) {
			if !bytes.Contains(encoded, value) {
				t.Errorf("member %q: value %s is missing in %s", name, value, encoded)
			}
		}
	})
}

// unknown returns the members of data that have no field in Token, decoded by encoding/json.
func unknown(t *testing.T, data []byte) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &members); err != nil {
		t.Fatalf("Parse accepts data that encoding/json rejects: %v", err)
	}
	for _, name := range []string{
		"startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt", "refreshToken",
	} {
		delete(members, name)
	}
	return members
}

func wantToken(t *testing.T, got, want *tokencache.Token) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(tokencache.Token{}), cmp.Transformer("plain", func(s tokencache.Secret) string { return string(s) })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestTokenJSONRejected: the output of json.Marshal has its secrets redacted and is not a token.
func TestTokenJSONRejected(t *testing.T) {
	data, err := json.Marshal(tokencache.Token{AccessToken: "hunter2", ExpiresAt: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var token tokencache.Token
	if err := json.Unmarshal(data, &token); err == nil || token.AccessToken != "" {
		t.Errorf("json.Unmarshal(%s) = access token %q, %v", data, string(token.AccessToken), err)
	}
}
