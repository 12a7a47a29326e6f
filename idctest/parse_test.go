package idctest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseSignature(t *testing.T) {
	want := signature{
		accessKeyID: "AKID", date: "20261121", region: "us-east-1", service: "sso-oauth",
		signedHeaders: []string{"host", "x-amz-date"}, hex: "abc",
	}
	good := []string{
		"AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/sso-oauth/aws4_request, SignedHeaders=host;x-amz-date, Signature=abc",
		"AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/sso-oauth/aws4_request,SignedHeaders=host;x-amz-date,Signature=abc",
	}
	for _, header := range good {
		got, ok := parseSignature(header)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(signature{})); !ok || diff != "" {
			t.Errorf("%s (-want +got):\n%s", header, diff)
		}
	}
	bad := map[string]string{
		"empty":          "",
		"scheme":         strings.Replace(good[0], "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", 1),
		"short scope":    strings.Replace(good[0], "/us-east-1", "", 1),
		"scope's end":    strings.Replace(good[0], "aws4_request", "x", 1),
		"no headers":     strings.Replace(good[0], "SignedHeaders", "Signed", 1),
		"no signature":   strings.Replace(good[0], "Signature=", "Signature", 1),
		"no credentials": strings.Replace(good[0], "Credential", "C", 1),
	}
	for name, header := range bad {
		if _, ok := parseSignature(header); ok {
			t.Errorf("%s: %q is accepted", name, header)
		}
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/sso-oauth/aws4_request, SignedHeaders=host;x-amz-date, Signature=abc")
	f.Add("AWS4-HMAC-SHA256 Credential=////aws4_request,SignedHeaders=;,Signature==")
	f.Fuzz(func(t *testing.T, header string) {
		sig, ok := parseSignature(header)
		if ok && (len(sig.signedHeaders) == 0 || sig.hex == "") {
			t.Errorf("%q: accepted without headers or signature", header)
		}
	})
}

func FuzzParseInput(f *testing.F) {
	f.Add([]byte(`{"clientId":"a","scope":["b",null,"c"],"x":null,"y":{"z":1}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in := parseInput(body)
		if !json.Valid(body) && len(in.text)+len(in.list) > 0 {
			t.Errorf("%q: members of something that is not JSON", body)
		}
	})
}

func FuzzPythonJSON(f *testing.F) {
	f.Add("a\"\\/\n\x00\x7fé\U0001F511")
	f.Fuzz(func(t *testing.T, text string) {
		var back string
		if err := json.Unmarshal([]byte(pythonJSON(text)), &back); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(text) && back != text {
			t.Errorf("%q comes back as %q", text, back)
		}
	})
}

func FuzzParsePageToken(f *testing.F) {
	f.Add("TGlzdEFjY291bnRzICAy")
	f.Fuzz(func(t *testing.T, token string) {
		if n, ok := parsePageToken(token, "ListAccounts  "); ok && n < 1 {
			t.Errorf("%q: page at %d", token, n)
		}
	})
}

// TestErrorCodes: every code of the OIDC service's model has the status and error of the model.
func TestErrorCodes(t *testing.T) {
	tests := []struct {
		code   string
		status int
		oauth  string
	}{
		{"AccessDeniedException", 400, "access_denied"},
		{"AuthorizationPendingException", 400, "authorization_pending"},
		{"ExpiredTokenException", 400, "expired_token"},
		{"InternalServerException", 500, "server_error"},
		{"InvalidClientException", 401, "invalid_client"},
		{"InvalidClientMetadataException", 400, "invalid_client_metadata"},
		{"InvalidGrantException", 400, "invalid_grant"},
		{"InvalidRedirectUriException", 400, "invalid_redirect_uri"},
		{"InvalidRequestException", 400, "invalid_request"},
		{"InvalidRequestRegionException", 400, "invalid_request"},
		{"InvalidScopeException", 400, "invalid_scope"},
		{"SlowDownException", 400, "slow_down"},
		{"UnauthorizedClientException", 400, "unauthorized_client"},
		{"UnsupportedGrantTypeException", 400, "unsupported_grant_type"},
	}
	for _, tt := range tests {
		a := errorResponse(opCreateToken, tt.code, "why")
		want := `{"error":"` + tt.oauth + `","error_description":"why"}`
		if a.status != tt.status || string(a.body) != want || a.header.Get("X-Amzn-ErrorType") != tt.code {
			t.Errorf("%s: %d %s", tt.code, a.status, a.body)
		}
	}
	if a := errorResponse(opCreateToken, "Strange", "why"); a.status != http.StatusBadRequest || string(a.body) != `{"message":"why"}` {
		t.Errorf("a code of no model: %d %s", a.status, a.body)
	}
}

// TestRequestDuringClose: one that net/http lets through while the server closes gets no response.
func TestRequestDuringClose(t *testing.T) {
	srv := NewServer(t)
	srv.Close()
	srv.serve(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/device", nil))
	if got := srv.Count(""); got != 0 {
		t.Errorf("%d requests recorded, want none", got)
	}
}
