package ssooidc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

func refreshInput() *ssooidc.CreateTokenInput {
	return &ssooidc.CreateTokenInput{
		ClientId: new("client"), ClientSecret: new("secret-client"),
		GrantType: new("refresh_token"), RefreshToken: new("secret-refresh"),
	}
}

// TestErrorResponses is about what an answer outside 2xx becomes.
func TestErrorResponses(t *testing.T) {
	grant := func(message, oauth, description string) error {
		e := &ssooidc.InvalidGrantException{}
		for p, s := range map[**string]string{&e.Message: message, &e.Error_: oauth, &e.Error_description: description} {
			if s != "" {
				*p = &s
			}
		}
		return e
	}
	tests := map[string]struct {
		header      string // X-Amzn-ErrorType
		body        string
		want        error
		wantMessage string
	}{
		"description":             {"InvalidGrantException", `{"error":"invalid_grant","error_description":"d"}`, grant("", "invalid_grant", "d"), "d"},
		"description and message": {"InvalidGrantException", `{"error_description":"d","Message":"m"}`, grant("m", "", "d"), "d"},
		"message":                 {"InvalidGrantException", `{"error":"invalid_grant","message":"m"}`, grant("m", "invalid_grant", ""), "m"},
		"OAuth code":              {"InvalidGrantException", `{"error":"invalid_grant"}`, grant("", "invalid_grant", ""), "invalid_grant"},
		"nothing":                 {"InvalidGrantException", ``, grant("", "", ""), ""},
		"wrong types":             {"InvalidGrantException", `{"error":1,"error_description":[],"message":null}`, grant("", "", ""), ""},
		"no header, OAuth code":   {"", `{"error":"invalid_grant"}`, grant("", "invalid_grant", ""), "invalid_grant"},
		"code before OAuth code":  {"", `{"error":"invalid_grant","code":"Other"}`, &smithy.GenericAPIError{Code: "Other", Message: "invalid_grant", Fault: smithy.FaultClient}, "invalid_grant"},
		"unknown OAuth code":      {"", `{"error":"temporarily_unavailable"}`, &smithy.GenericAPIError{Code: "UnknownError", Message: "temporarily_unavailable", Fault: smithy.FaultClient}, "temporarily_unavailable"},
		"unknown code, described": {"Other", `{"error":"x","message":"m","error_description":"d"}`, &smithy.GenericAPIError{Code: "Other", Message: "d", Fault: smithy.FaultClient}, "d"},
		"known reason": {
			"AccessDeniedException", `{"reason":"KMS_AccessDeniedException"}`,
			&ssooidc.AccessDeniedException{Reason: ssooidc.AccessDeniedExceptionReasonKmsAccessDenied}, "",
		},
		"unknown reason": {"InvalidRequestException", `{"reason":"new"}`, &ssooidc.InvalidRequestException{Reason: "new"}, ""},
		"region": {
			"InvalidRequestRegionException", `{"region":"eu-west-1","endpoint":"https://e"}`,
			&ssooidc.InvalidRequestRegionException{Region: new("eu-west-1"), Endpoint: new("https://e")}, "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(400, tt.body, "X-Amzn-ErrorType", tt.header, "X-Amzn-Requestid", "r-1"))
			_, err := newClient(server).CreateToken(t.Context(), refreshInput())
			resttest.CompareError(t, tt.want, 400, err)
			var api smithy.APIError
			if errors.As(err, &api) && api.ErrorMessage() != tt.wantMessage {
				t.Errorf("message %q, want %q", api.ErrorMessage(), tt.wantMessage)
			}
		})
	}
}

// TestOAuthCodes holds the errors that an answer without an AWS code is known by.
func TestOAuthCodes(t *testing.T) {
	want := map[string]string{
		"access_denied": "AccessDeniedException", "authorization_pending": "AuthorizationPendingException",
		"expired_token": "ExpiredTokenException", "server_error": "InternalServerException",
		"invalid_client": "InvalidClientException", "invalid_client_metadata": "InvalidClientMetadataException",
		"invalid_grant": "InvalidGrantException", "invalid_redirect_uri": "InvalidRedirectUriException",
		"invalid_request": "InvalidRequestException", "invalid_scope": "InvalidScopeException",
		"slow_down": "SlowDownException", "unauthorized_client": "UnauthorizedClientException",
		"unsupported_grant_type": "UnsupportedGrantTypeException",
	}
	got := map[string]string{}
	for oauth := range want {
		server := resttest.NewServer(t, resttest.Reply(400, fmt.Sprintf(`{"error":%q}`, oauth)))
		_, err := newClient(server).CreateToken(t.Context(), refreshInput())
		var api smithy.APIError
		if errors.As(err, &api) {
			got[oauth] = api.ErrorCode()
		}
		if typed := fmt.Sprintf("%T", api); typed != "*ssooidc."+want[oauth] {
			t.Errorf("%s: %s", oauth, typed)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// TestCodesAndFaults holds code and fault of every modeled error.
func TestCodesAndFaults(t *testing.T) {
	for name, err := range modelled() {
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != name || api.ErrorMessage() != "__Error_description__" ||
			err.Error() != name+": __Error_description__" {
			t.Errorf("%s: %v", name, err)
		}
		wantFault := smithy.FaultClient
		if name == "InternalServerException" {
			wantFault = smithy.FaultServer
		}
		if api.ErrorFault() != wantFault {
			t.Errorf("%s: fault %v", name, api.ErrorFault())
		}
	}
}

// TestReasons holds the reasons against the SDK's.
func TestReasons(t *testing.T) {
	if diff := cmp.Diff(fmt.Sprint(types.AccessDeniedExceptionReason("").Values()), fmt.Sprint(ssooidc.AccessDeniedExceptionReason("").Values())); diff != "" {
		t.Errorf("of AccessDeniedException (-SDK +ours):\n%s", diff)
	}
	if diff := cmp.Diff(fmt.Sprint(types.InvalidRequestExceptionReason("").Values()), fmt.Sprint(ssooidc.InvalidRequestExceptionReason("").Values())); diff != "" {
		t.Errorf("of InvalidRequestException (-SDK +ours):\n%s", diff)
	}
}

// TestRequestIDs holds that what AWS support asks for can be had.
func TestRequestIDs(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(400, `{"error":"invalid_grant"}`, "X-Amzn-ErrorType", "InvalidGrantException",
		"X-Amzn-Requestid", "r-1", "X-Amz-Cf-Id", "cf-1", "X-Amz-Id-2", "ext-1"))
	_, err := newClient(server).CreateToken(t.Context(), refreshInput())
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		t.Fatalf("error %v", err)
	}
	header := answer.Response.Header
	if answer.ServiceRequestID() != "r-1" || header.Get("X-Amz-Cf-Id") != "cf-1" || header.Get("X-Amz-Id-2") != "ext-1" {
		t.Errorf("request id %q, header %v", answer.ServiceRequestID(), header)
	}
}

// TestTokenResponses is about what CreateToken makes of an answer with status 200: what it says, and
// no more.
func TestTokenResponses(t *testing.T) {
	resttest.CheckOutputs(t, map[string]resttest.Output{
		"empty":               {Body: ``, Want: map[string]string{".ExpiresIn": "0"}},
		"no access token":     {Body: `{"expiresIn":3600}`, Want: map[string]string{".ExpiresIn": "3600"}},
		"expires at once":     {Body: `{"accessToken":"a","expiresIn":0}`, Want: map[string]string{".AccessToken": "a", ".ExpiresIn": "0"}},
		"expired":             {Body: `{"accessToken":"a","expiresIn":-5}`, Want: map[string]string{".AccessToken": "a", ".ExpiresIn": "-5"}},
		"snake case":          {Body: `{"access_token":"a","expires_in":5}`, Want: map[string]string{".ExpiresIn": "0"}},
		"float":               {Body: `{"expiresIn":3.6e3}`, Want: map[string]string{".ExpiresIn": "3600"}},
		"string expiresIn":    {Body: `{"expiresIn":"3600"}`, Want: map[string]string{".ExpiresIn": "3600"}},
		"expiresIn too large": {Body: `{"expiresIn":2147483648}`, Want: map[string]string{".ExpiresIn": "2147483647"}},
		"expiresIn too small": {Body: `{"expiresIn":-2147483649}`, Want: map[string]string{".ExpiresIn": "-2147483648"}},
		"null":                {Body: `null`, WantErr: "body is null, not an object"},
		"worded expiresIn":    {Body: `{"expiresIn":"SECRET"}`, WantErr: "expiresIn is not a number of seconds"},
		"rotated":             {Body: `{"accessToken":[],"refreshToken":"r"}`, Want: map[string]string{".ExpiresIn": "0", ".RefreshToken": "r"}},
		"list token":          {Body: `{"accessToken":["SECRET"]}`, WantErr: "accessToken is a list, not a string"},
		"truncated":           {Body: `{"accessToken":"SECRET`, WantErr: "invalid JSON at byte 22 of 22"},
	}, "CreateToken", func(server *resttest.Server) (any, error) {
		return newClient(server).CreateToken(t.Context(), refreshInput())
	})
}

func TestScopeResponses(t *testing.T) {
	tests := map[string]struct {
		body    string
		want    []string
		wantErr string
	}{
		"absent":          {body: `{}`},
		"null":            {body: `{"scope":null}`},
		"empty":           {body: `{"scope":[]}`, want: []string{}},
		"null elements":   {body: `{"scope":[null,"a",null]}`, want: []string{"a"}},
		"string":          {body: `{"scope":"a b"}`, wantErr: "scope is a string, not a list"},
		"list of numbers": {body: `{"scope":["a",1]}`, wantErr: "scope[1] is a number, not a string"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(200, tt.body))
			got, err := newClient(server).CreateTokenWithIAM(t.Context(), &ssooidc.CreateTokenWithIAMInput{
				ClientId: new("c"), GrantType: new("urn:ietf:params:oauth:grant-type:jwt-bearer"),
			})
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Errorf("error %v, want %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Scope); diff != "" {
				t.Errorf("scope (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServerFault holds that a generic error of status 5xx is the server's.
func TestServerFault(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(503, "busy"))
	_, err := newClient(server).RegisterClient(t.Context(), &ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")})
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || api.ErrorFault() != smithy.FaultServer || !errors.As(err, &response) || response.HTTPStatusCode() != 503 {
		t.Errorf("error %v", err)
	}
}
