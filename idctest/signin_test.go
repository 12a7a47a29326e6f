package idctest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
)

func TestSignIn(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk), func(o *idctest.Options) { o.Region, o.StartURL = "eu-west-1", "https://example.com/start" })
	a, b := srv.SignIn(), srv.SignIn()
	if a.StartURL != "https://example.com/start" || a.Region != "eu-west-1" {
		t.Errorf("start URL %q, region %q", a.StartURL, a.Region)
	}
	if !a.ExpiresAt.Equal(clk.Now().Add(time.Hour)) || !a.RegistrationExpiresAt.Equal(clk.Now().Add(90*24*time.Hour)) {
		t.Errorf("expires at %s, the registration at %s", a.ExpiresAt, a.RegistrationExpiresAt)
	}
	if a.AccessToken == b.AccessToken || a.RefreshToken == b.RefreshToken || a.ClientID == b.ClientID || a.ClientSecret == b.ClientSecret {
		t.Error("two sign-ins share a secret")
	}
	for _, secret := range []string{a.AccessToken, a.RefreshToken, a.ClientID, a.ClientSecret} {
		if !strings.HasPrefix(secret, "idctest-") || len(secret) < 40 {
			t.Errorf("%q does not look like a fake, or can be guessed", secret)
		}
	}
}

// TestTokenFile holds the bytes against those AWS CLI 2.36.7 writes.
func TestTokenFile(t *testing.T) {
	signIn := idctest.SignIn{
		StartURL: "https://d-1.awsapps.com/start", Region: "us-east-1",
		AccessToken: "at", RefreshToken: "rt", ClientID: "cid", ClientSecret: "csec",
		ExpiresAt:             time.Date(2026, 11, 22, 5, 8, 41, 999_999_999, time.FixedZone("", 3600)),
		RegistrationExpiresAt: time.Unix(1900000000+0, 0),
	}
	want := `{"startUrl": "https://d-1.awsapps.com/start", "region": "us-east-1", "accessToken": "at", "expiresAt": "2026-11-22T04:08:41Z", ` +
		`"clientId": "cid", "clientSecret": "csec", "registrationExpiresAt": "2030-03-17T17:46:40Z", "refreshToken": "rt"}`
	if got := string(signIn.TokenFile()); got != want {
		t.Errorf("token file\n%s, want\n%s", got, want)
	}

	signIn.RefreshToken = ""
	if got, want := string(signIn.TokenFile()), strings.Replace(want, `, "refreshToken": "rt"`, "", 1); got != want {
		t.Errorf("token file without a refresh token\n%s, want\n%s", got, want)
	}
}

// TestTokenFileEscapes: what json.dumps of Python 3 makes of each text.
func TestTokenFileEscapes(t *testing.T) {
	tests := map[string]string{
		"é":            `\u00e9`,
		"\U0001F511":   `\ud83d\udd11`,
		`a"b\c/d`:      `a\"b\\c/d`,
		"\n\r\t\f\b":   `\n\r\t\f\b`,
		"\x00\x1f\x7f": `\u0000\u001f\u007f`,
		"<>&'":         `<>&'`,
	}
	for text, want := range tests {
		got := string(idctest.SignIn{StartURL: text}.TokenFile())
		if want := `{"startUrl": "` + want + `", `; !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
