//go:build javascript

package interop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
)

// The tests of this file need Node.js, and the packages of js/ installed
// ("npm ci"): go test -tags javascript ./interop

type jsCredentials struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	SessionToken    string    `json:"sessionToken"`
	Expiration      time.Time `json:"expiration"`
	AccountID       string    `json:"accountId"`
}

// TestJavaScriptCredentialProcess runs the command the way the official
// JavaScript SDK does for a profile with credential_process.
func TestJavaScriptCredentialProcess(t *testing.T) {
	w := newWorld(t)
	first := javascript(t, "process", "ext")
	if first.AccessKeyID == "" || first.SecretAccessKey == "" || first.SessionToken == "" {
		t.Error("credentials are incomplete")
	}
	if first.AccountID != account {
		t.Errorf("accountId = %q, want %q", first.AccountID, account)
	}
	if left := time.Until(first.Expiration); left < 50*time.Minute || left > time.Hour {
		t.Errorf("expiration in %s, want about an hour", left)
	}
	if second := javascript(t, "process", "ext"); second != first {
		t.Error("the second process did not get the credentials of the first")
	}
	if n := w.server.Count("GetRoleCredentials"); n != 1 {
		t.Errorf("%d GetRoleCredentials calls, want 1", n)
	}
}

// TestJavaScriptExec lets the JavaScript SDK find credentials under latchkey exec.
func TestJavaScriptExec(t *testing.T) {
	w := newWorld(t)
	t.Setenv("AWS_PROFILE", "missing") // which it prefers to keys
	cmd := exec.CommandContext(t.Context(), w.command, "exec", "--profile", "dev", "--", "node", "js/credentials.mjs", "chain")
	var creds jsCredentials
	if err := json.Unmarshal(output(t, cmd), &creds); err != nil {
		t.Fatalf("node printed no credentials: %v", err)
	}
	if creds.AccessKeyID == "" || creds.AccountID != account {
		t.Errorf("key %q of account %q", creds.AccessKeyID, creds.AccountID)
	}
	if left := time.Until(creds.Expiration); left < 50*time.Minute || left > time.Hour {
		t.Errorf("expiration in %s, want about an hour", left)
	}
}

// TestJavaScriptReadsOurToken lets the JavaScript SDK's own SSO provider use a
// token file that latchkey has refreshed and written.
func TestJavaScriptReadsOurToken(t *testing.T) {
	w := newWorld(t)
	w.expire(t)
	javascript(t, "process", "ext") // refreshes the token
	javascript(t, "sso", "dev")
	if n := w.server.Count("CreateToken"); n != 1 {
		t.Errorf("%d CreateToken calls, want the one of latchkey", n)
	}
}

// TestJavaScriptReadsConfigured reads what latchkey configure wrote with the JavaScript SDK.
func TestJavaScriptReadsConfigured(t *testing.T) {
	newConfigured(t).reads(t, func(profile string) (string, error) {
		return javascript(t, "ini", profile).AccessKeyID, nil
	})
}

// TestJavaScriptReadsAccessCopy reads the copy of an access token with the JavaScript SDK.
func TestJavaScriptReadsAccessCopy(t *testing.T) {
	newWorld(t).readsAccessCopy(t, func(profile string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "node", "js/credentials.mjs", "sso", profile).Output()
		return string(out), err
	})
}

// TestJavaScriptRace is TestRaceGoSDK with the JavaScript SDK, which moreover
// writes the token file in place.
func TestJavaScriptRace(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 50 * time.Millisecond })
	w.race(t, time.Second, func() *exec.Cmd {
		return exec.CommandContext(t.Context(), "node", "js/credentials.mjs", "sso", "dev")
	})
}

func javascript(t *testing.T, way, profile string) jsCredentials {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "js/credentials.mjs", way, profile)
	var creds jsCredentials
	if err := json.Unmarshal(output(t, cmd), &creds); err != nil {
		t.Fatalf("node printed no credentials: %v", err)
	}
	return creds
}

// TestJavaScriptClients drives all eight operations of idctest with the official JavaScript clients:
// the device flow, a refresh, the authorization code flow, signed requests, paging, and the errors
// that belong to them. What the answers must be, js/clients.mjs says.
func TestJavaScriptClients(t *testing.T) {
	server := idctest.NewServer(t, func(o *idctest.Options) {
		o.Accounts = nil
		for n := 1; n <= 5; n++ {
			digit := strconv.Itoa(n)
			o.Accounts = append(o.Accounts, idctest.Account{
				ID: strings.Repeat(digit, 12), Name: "account " + digit, Email: digit + "@example.com",
				Roles: []string{"My Role+name@x/y", "ReadOnly"},
			})
		}
	})
	clients(t, nil, "flows", server.URL(), "https://d-0123456789.awsapps.com/start")

	want := map[string]int{
		"RegisterClient": 4, "StartDeviceAuthorization": 5, "CreateToken": 12, "CreateTokenWithIAM": 7,
		"ListAccounts": 8, "ListAccountRoles": 3, "GetRoleCredentials": 2, "Logout": 1,
		"VerifyDevice": 2, "Authorize": 2, "Unknown": 0,
	}
	got := map[string]int{}
	for operation := range want {
		got[operation] = server.Count(operation)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	for _, r := range server.Requests() {
		if r.Operation == "VerifyDevice" || r.Operation == "Authorize" {
			continue // not of the clients
		}
		if agent := r.Header.Get("User-Agent"); !strings.Contains(agent, "aws-sdk-js/3.") {
			t.Errorf("%s came from %q", r.Operation, agent)
		}
		if signed := r.Header.Get("Authorization") != ""; signed != (r.Operation == "CreateTokenWithIAM") {
			t.Errorf("%s signed: %t", r.Operation, signed)
		}
	}
}

// jsError is what a JavaScript client makes of an error.
type jsError struct {
	Operation         string `json:"operation"`
	Code              string `json:"code"`
	Modelled          bool   `json:"modelled"`
	Fault             string `json:"fault"`
	Status            int    `json:"status"`
	RequestID         string `json:"requestId"`
	CFID              string `json:"cfId"`
	ExtendedRequestID string `json:"extendedRequestId"`
	Message           string `json:"message"`
	Description       string `json:"description"`
	OAuth             string `json:"error"`
}

// TestJavaScriptErrors lets idctest answer each operation with each error of its service's model,
// and one that is not in it, and looks at what the JavaScript clients throw.
func TestJavaScriptErrors(t *testing.T) {
	server := idctest.NewServer(t)
	var want []jsError
	expect := func(operation string, e jsError) {
		e.Operation, e.Modelled = operation, e.Code != "ForbiddenException"
		e.RequestID, e.CFID, e.ExtendedRequestID = fmt.Sprint("r-", len(want)), fmt.Sprint("cf-", len(want)), fmt.Sprint("ext-", len(want))
		server.Fail(operation, idctest.Fault{Code: e.Code, Message: "because", Header: http.Header{
			"X-Amzn-Requestid": {e.RequestID}, "X-Amz-Cf-Id": {e.CFID}, "X-Amz-Id-2": {e.ExtendedRequestID},
		}})
		want = append(want, e)
	}
	for _, operation := range []string{"GetRoleCredentials", "ListAccounts", "ListAccountRoles", "Logout"} {
		for code, status := range map[string]int{
			"InvalidRequestException": 400, "UnauthorizedException": 401, "ForbiddenException": 403,
			"ResourceNotFoundException": 404, "TooManyRequestsException": 429,
		} {
			expect(operation, jsError{Code: code, Fault: "client", Status: status, Message: "because"})
		}
	}
	for _, operation := range []string{"RegisterClient", "StartDeviceAuthorization", "CreateToken", "CreateTokenWithIAM"} {
		for code, oauth := range oauthErrors {
			e := jsError{Code: code, Fault: "client", Status: 400, Message: "UnknownError", Description: "because", OAuth: oauth}
			switch code {
			case "InvalidClientException":
				e.Status = 401
			case "InternalServerException":
				e.Status, e.Fault = 500, "server"
			}
			expect(operation, e)
		}
	}

	in, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got []jsError
	if err := json.Unmarshal(clients(t, in, "errors", server.URL()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// oauthErrors are the errors of the OIDC service, with the OAuth code of each.
var oauthErrors = map[string]string{
	"AccessDeniedException":          "access_denied",
	"AuthorizationPendingException":  "authorization_pending",
	"ExpiredTokenException":          "expired_token",
	"InternalServerException":        "server_error",
	"InvalidClientException":         "invalid_client",
	"InvalidClientMetadataException": "invalid_client_metadata",
	"InvalidGrantException":          "invalid_grant",
	"InvalidRedirectUriException":    "invalid_redirect_uri",
	"InvalidRequestException":        "invalid_request",
	"InvalidRequestRegionException":  "invalid_request",
	"InvalidScopeException":          "invalid_scope",
	"SlowDownException":              "slow_down",
	"UnauthorizedClientException":    "unauthorized_client",
	"UnsupportedGrantTypeException":  "unsupported_grant_type",
}

// clients runs js/clients.mjs, away from the settings of whoever runs the test, and returns what it
// prints.
func clients(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"js/clients.mjs"}, args...)...)
	home := t.TempDir()
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "SystemRoot=" + os.Getenv("SystemRoot"), "HOME=" + home, "USERPROFILE=" + home,
		"TEST_KEY_ID=" + idctest.AccessKeyID, "TEST_SECRET=" + idctest.SecretAccessKey,
	}
	cmd.Stdin = bytes.NewReader(in)
	return output(t, cmd)
}

// output runs a program, and returns what it prints.
func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("node: %v\n%s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
