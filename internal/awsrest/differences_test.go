package awsrest_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	officialsso "github.com/aws/aws-sdk-go-v2/service/sso"
	officialoidc "github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// pairOf returns the SDK's client and ours that have the operation.
func pairOf(operation, endpoint string) (theirs, ours any) {
	switch operation {
	case "GetRoleCredentials", "ListAccounts", "ListAccountRoles", "Logout":
		return officialsso.New(officialsso.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: noWait()}),
			sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: noWait()})
	default:
		return officialoidc.New(officialoidc.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: noWait()}),
			ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: noWait()})
	}
}

// outcome is what a caller can tell about a call, in a form that compares.
func outcome(output any, err error) map[string]string {
	var api smithy.APIError
	switch {
	case err == nil:
		return resttest.Members(output)
	case errors.As(err, &api):
		return map[string]string{"code": api.ErrorCode(), "message": api.ErrorMessage(), "fault": api.ErrorFault().String()}
	default:
		return map[string]string{"error": "no API error"}
	}
}

// TestAnswersLikeTheSDK shows the same odd answers to the SDK's client and to ours. Where we make
// something else of one, it says why; where it gives no reason we must make the same of it.
func TestAnswersLikeTheSDK(t *testing.T) {
	const (
		keys    = `"accessKeyId":"a","secretAccessKey":"s","sessionToken":"t"`
		useless = "an answer without credentials is an error here, not a nil pointer for the caller to trip over"
		strict  = "an answer is one JSON object in UTF-8 and nothing else"
		floats  = "a whole number may be written as a float, as the SDKs for JavaScript and Python read it"
		seconds = "a lifetime is read as leniently as it can be understood, since a refresh token may come with it"
		rotated = "a refresh token is not lost for another member's sake"
		oauth   = "the message of an OIDC error is its description, its message or OAuth's error"
		noCode  = "an answer without an AWS code is known by its OAuth error"
		noJSON  = "an error that is not JSON is still the answer of a server, with a status"
		status  = "an error that says nothing says its status"
	)
	tests := map[string]struct {
		operation string
		status    int
		header    string // X-Amzn-ErrorType
		body      string
		why       string // we differ
	}{
		"complete":              {"GetRoleCredentials", 200, "", `{"roleCredentials":{` + keys + `,"expiration":5}}`, ""},
		"unknown members":       {"GetRoleCredentials", 200, "", `{"x":[{}],"roleCredentials":{"y":null,` + keys + `}}`, ""},
		"other letter case":     {"ListAccounts", 200, "", `{"NextToken":"n"}`, ""},
		"null members":          {"ListAccounts", 200, "", `{"nextToken":null,"accountList":null}`, ""},
		"null":                  {"GetRoleCredentials", 200, "", `null`, ""},
		"list":                  {"GetRoleCredentials", 200, "", `[]`, ""},
		"truncated":             {"GetRoleCredentials", 200, "", `{"roleCredentials":{"accessKeyId":"a`, ""},
		"byte order mark":       {"ListAccounts", 200, "", "\uFEFF{}", ""},
		"number for a string":   {"ListAccounts", 200, "", `{"nextToken":1}`, ""},
		"string for a number":   {"CreateToken", 200, "", `{"expiresIn":"3600"}`, seconds},
		"too many seconds":      {"CreateToken", 200, "", `{"expiresIn":1e300}`, seconds},
		"part of a second":      {"CreateToken", 200, "", `{"expiresIn":3599.9}`, seconds},
		"no seconds":            {"CreateToken", 200, "", `{"expiresIn":"soon"}`, ""},
		"with a refresh token":  {"CreateToken", 200, "", `{"expiresIn":true,"refreshToken":"r"}`, rotated},
		"negative expiresIn":    {"CreateToken", 200, "", `{"expiresIn":-1}`, ""},
		"snake case":            {"CreateToken", 200, "", `{"access_token":"a","expires_in":5}`, ""},
		"duplicate":             {"ListAccounts", 200, "", `{"nextToken":"a","nextToken":"b"}`, ""},
		"empty output":          {"ListAccounts", 200, "", ``, ""},
		"no credentials":        {"GetRoleCredentials", 200, "", `{}`, useless},
		"empty body":            {"GetRoleCredentials", 200, "", ``, useless},
		"no session token":      {"GetRoleCredentials", 200, "", `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s"}}`, useless},
		"trailing garbage":      {"ListAccounts", 200, "", `{"nextToken":"n"}x`, strict},
		"not UTF-8":             {"ListAccounts", 200, "", "{\"nextToken\":\"\xe9\"}", strict},
		"null list element":     {"ListAccounts", 200, "", `{"accountList":[null,{"accountId":"1"}]}`, "a null in a list is no account"},
		"expiration as a float": {"GetRoleCredentials", 200, "", `{"roleCredentials":{` + keys + `,"expiration":1651516560000.0}}`, floats},
		"exponent":              {"CreateToken", 200, "", `{"expiresIn":3.6e3}`, floats},

		"modelled":                {"ListAccounts", 401, "UnauthorizedException", `{"message":"m"}`, ""},
		"header before __type":    {"ListAccounts", 401, "UnauthorizedException", `{"__type":"A","code":"B","message":"m"}`, ""},
		"__type before code":      {"ListAccounts", 400, "", `{"__type":"x#A:http://y/","code":"B","message":"m"}`, ""},
		"__Type":                  {"ListAccounts", 401, "", `{"__Type":"UnauthorizedException","code":"B","message":"m"}`, ""},
		"code":                    {"ListAccounts", 400, "", `{"code":"B","message":"m"}`, ""},
		"numeric code":            {"ListAccounts", 400, "", `{"code":400,"message":"m"}`, ""},
		"Message":                 {"ListAccounts", 404, "ResourceNotFoundException", `{"Message":"m"}`, ""},
		"unmodelled":              {"GetRoleCredentials", 403, "", `{"message":"No access","__type":"com.amazonaws.switchboard.portal#ForbiddenException"}`, ""},
		"OIDC error":              {"CreateToken", 400, "InvalidGrantException", `{"error":"invalid_grant","error_description":"d"}`, oauth},
		"OIDC error with message": {"CreateToken", 400, "InvalidGrantException", `{"error":"invalid_grant","message":"m"}`, oauth},
		"OAuth code alone":        {"CreateToken", 400, "", `{"error":"authorization_pending"}`, noCode},
		"HTML":                    {"ListAccounts", 403, "", `<html>`, noJSON},
		"empty error":             {"ListAccounts", 403, "", ``, status},
		"empty server error":      {"ListAccounts", 501, "", `{}`, status},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(tt.status, tt.body, "X-Amzn-ErrorType", tt.header))
			theirs, ours := pairOf(tt.operation, server.URL)
			want := outcome(resttest.Call(t.Context(), t, theirs, tt.operation, resttest.FillSnapshot))
			got := outcome(resttest.Call(t.Context(), t, ours, tt.operation, resttest.FillSnapshot))
			if want["fault"] == smithy.FaultUnknown.String() { // ours goes by the status
				delete(want, "fault")
				delete(got, "fault")
			}
			switch diff := cmp.Diff(want, got); {
			case tt.why == "" && diff != "":
				t.Errorf("outcome (-SDK +ours):\n%s", diff)
			case tt.why != "" && diff == "":
				t.Errorf("no difference any more; there was one because %s", tt.why)
			}
		})
	}
}

// TestRequestsUnlikeTheSDK counts the requests that the SDK's client sends and ours does not, and
// says why not.
func TestRequestsUnlikeTheSDK(t *testing.T) {
	refresh := resttest.FillSnapshotWith("GrantType", "refresh_token")
	empty := resttest.FillSnapshotWith("RoleName", "")
	cut := func(_ http.ResponseWriter, _ *http.Request, _ int) { panic(http.ErrAbortHandler) }
	redirect := func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	}
	skewed := resttest.Reply(400, `{"error":"access_denied"}`, "X-Amzn-ErrorType", "AccessDeniedException",
		"Date", time.Unix(0, 0).UTC().Format(http.TimeFormat))
	tests := map[string]struct {
		operation    string
		fill         func(input any)
		answer       func(http.ResponseWriter, *http.Request, int)
		theirs, ours int
	}{
		"an empty role name is refused before anything is sent":                {"GetRoleCredentials", empty, resttest.Reply(400, ""), 1, 0},
		"a redirect is not followed, least of all with a token":                {"ListAccounts", resttest.FillSnapshot, redirect, 2, 1},
		"a refresh whose answer was lost is not sent again":                    {"CreateToken", refresh, cut, 3, 1},
		"access denied without a signature is not the fault of a wrong clock":  {"CreateToken", refresh, skewed, 2, 1},
		"any other call whose answer was lost is sent again by both":           {"ListAccounts", resttest.FillSnapshot, cut, 3, 3},
		"a refresh that the service says it failed at is sent again by both":   {"CreateToken", refresh, resttest.Reply(500, ""), 3, 3},
		"a refresh that the service refuses is not sent again by either of us": {"CreateToken", refresh, resttest.Reply(400, `{"error":"invalid_grant"}`), 1, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, tt.answer)
			theirs, ours := pairOf(tt.operation, server.URL)
			_, _ = resttest.Call(t.Context(), t, theirs, tt.operation, tt.fill)
			before := len(server.Requests())
			server.Reset()
			_, _ = resttest.Call(t.Context(), t, ours, tt.operation, tt.fill)
			if got := fmt.Sprint(before, len(server.Requests())); got != fmt.Sprint(tt.theirs, tt.ours) {
				t.Errorf("requests of the SDK and ours: %s, want %d %d", got, tt.theirs, tt.ours)
			}
		})
	}
}
