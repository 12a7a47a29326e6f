package login_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/login"
)

func TestLoginBrowser(t *testing.T) {
	const rest = `"deviceCode":"idctest-device-code-0","userCode":"ABCD-EFGH"`
	long := "https://example.com/" + strings.Repeat("a", 2048)
	tests := []struct {
		name, page, complete string
		fails                error
		opens                string
		shows, showsComplete string
		warns                string
		err                  string
	}{
		{name: "web page", page: "https://example.com/device", opens: "https://example.com/device", shows: "https://example.com/device"},
		{name: "no browser", page: "https://example.com/device", fails: errors.New("no screen"), opens: "https://example.com/device", shows: "https://example.com/device", warns: "no screen"},
		{name: "complete", page: "https://a.example/", complete: "https://a.example/?c", opens: "https://a.example/?c", shows: "https://a.example/", showsComplete: "https://a.example/?c"},
		{name: "only complete", complete: "https://a.example/?c", opens: "https://a.example/?c", showsComplete: "https://a.example/?c"},
		{name: "complete is no page", page: "https://a.example/", complete: "file:///etc/passwd", opens: "https://a.example/", shows: "https://a.example/"},
		{name: "page is none", page: "javascript:x", complete: "https://a.example/?c", opens: "https://a.example/?c", showsComplete: "https://a.example/?c"},
		{name: "plain http here", page: "http://127.0.0.1:1/", opens: "http://127.0.0.1:1/", shows: "http://127.0.0.1:1/"},
		{name: "plain http elsewhere", page: "http://example.com/", shows: "http://example.com/", warns: "plain HTTP"},
		{name: "user name", page: "https://example.com@evil.example/", err: "not an http or https URL"},
		{name: "longest", page: long[:2048], opens: long[:2048], shows: long[:2048]},
		{name: "too long", page: long[:2049], err: "not an http or https URL"},
		{name: "escape", page: `https://example.com/\u001b[2J`, err: "not an http or https URL"},
		{name: "right to left", page: `https://example.com/\u202emoc`, err: "not an http or https URL"},
		{name: "space", page: "https://example.com/ x", err: "not an http or https URL"},
		{name: "no host", page: "https:///x", err: "not an http or https URL"},
		{name: "file", page: "file:///etc/passwd", err: "not an http or https URL"},
		{name: "program", page: "calculator:now", err: "not an http or https URL"},
		{name: "option", page: "--version", err: "not an http or https URL"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				r.server.Fail("StartDeviceAuthorization", idctest.Fault{Body: []byte(
					`{` + rest + `,"verificationUri":"` + tc.page + `","verificationUriComplete":"` + tc.complete + `"}`)})
				r.server.Fail("CreateToken", idctest.Fault{Body: []byte(`{"accessToken":"idctest-access-token-0","expiresIn":60}`)})
				var opened string
				var shown login.DeviceCode
				ui := login.UI{
					OpenBrowser: func(url string) error { opened = url; return tc.fails },
					ShowCode:    func(c login.DeviceCode) { shown = c },
				}
				_, err := login.Login(t.Context(), r.session, ui, r.options)
				synctest.Wait() // for OpenBrowser
				if tc.err != "" {
					wantError(t, err, tc.err)
				} else if err != nil {
					t.Fatal(err)
				}
				if opened != tc.opens {
					t.Errorf("opened %q, want %q", opened, tc.opens)
				}
				if shown.VerificationURI != tc.shows || shown.VerificationURIComplete != tc.showsComplete {
					t.Errorf("shown %q and %q, want %q and %q", shown.VerificationURI, shown.VerificationURIComplete, tc.shows, tc.showsComplete)
				}
				if got := strings.Join(r.log.warnings(), "\n"); !strings.Contains(got, tc.warns) || (got == "") != (tc.warns == "") {
					t.Errorf("warned %q, want %q", got, tc.warns)
				}
			})
		})
	}
}

func TestLoginOddUserCode(t *testing.T) {
	for name, tt := range map[string]struct {
		code string
		ok   bool
	}{
		"longest":       {strings.Repeat("A", 64), true},
		"too long":      {strings.Repeat("A", 65), false},
		"escape":        {`AB\u001b[2JCD`, false},
		"two lines":     {`AB\nCD`, false},
		"right to left": {`AB\u202eCD`, false},
		"C1":            {`AB\u009b2JCD`, false},
		"new line sign": {`AB\u2028CD`, false},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				r.server.Fail("StartDeviceAuthorization", idctest.Fault{Body: []byte(
					`{"deviceCode":"idctest-device-code-0","userCode":"` + tt.code + `","verificationUri":"https://example.com/"}`)})
				r.server.Fail("CreateToken", idctest.Fault{Body: []byte(`{"accessToken":"idctest-access-token-0","expiresIn":60}`)})
				_, err := r.login(t.Context(), r.session, func(string) {
					if !tt.ok {
						t.Error("shown")
					}
				})
				if tt.ok && err != nil {
					t.Error(err)
				}
				if !tt.ok {
					wantError(t, err, "userCode in the response is not printable")
				}
			})
		})
	}
}
