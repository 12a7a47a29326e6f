package sso_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
)

// TestErrorResponses is about what an answer outside 2xx becomes.
func TestErrorResponses(t *testing.T) {
	const html = "<html>SECRET gateway</html>"
	tests := map[string]struct {
		status      int
		header      string // X-Amzn-ErrorType
		body        string
		wantCode    string
		wantMessage string
	}{
		"header":                        {401, "UnauthorizedException", `{"message":"m"}`, "UnauthorizedException", "m"},
		"header before body":            {401, "UnauthorizedException", `{"__type":"A","code":"B"}`, "UnauthorizedException", ""},
		"header with namespace, URI":    {401, "aws.sso#UnauthorizedException:http://internal/", `{}`, "UnauthorizedException", ""},
		"header with URI":               {401, "UnauthorizedException:http://internal/", `{}`, "UnauthorizedException", ""},
		"header with a list":            {401, "UnauthorizedException,Other", `{}`, "UnauthorizedException", ""},
		"header that says nothing":      {401, ":http://internal/", `{"__type":"UnauthorizedException"}`, "UnauthorizedException", ""},
		"__type before code":            {400, "", `{"__type":"A","code":"B"}`, "A", "HTTP status 400 Bad Request"},
		"__type with namespace":         {403, "", `{"message":"No access","__type":"com.amazonaws.switchboard.portal#ForbiddenException"}`, "ForbiddenException", "No access"},
		"code":                          {401, "", `{"code":"UnauthorizedException"}`, "UnauthorizedException", ""},
		"code in capitals":              {401, "", `{"Code":"UnauthorizedException","Message":"m"}`, "UnauthorizedException", "m"},
		"numeric code":                  {400, "", `{"code":400}`, "UnknownError", "HTTP status 400 Bad Request"},
		"numeric code, __type":          {400, "", `{"code":400,"__type":"InvalidRequestException"}`, "InvalidRequestException", ""},
		"null __type":                   {400, "", `{"__type":null,"code":"InvalidRequestException"}`, "InvalidRequestException", ""},
		"MESSAGE":                       {404, "ResourceNotFoundException", `{"MESSAGE":"m"}`, "ResourceNotFoundException", "m"},
		"message before Message":        {404, "ResourceNotFoundException", `{"MESSAGE":"a","Message":"b","message":"c"}`, "ResourceNotFoundException", "c"},
		"Message, MESSAGE":              {404, "ResourceNotFoundException", `{"Message":"b","MESSAGE":"a"}`, "ResourceNotFoundException", "a"},
		"message not a string, Message": {404, "ResourceNotFoundException", `{"message":1,"MESSAGE":"","Message":"m"}`, "ResourceNotFoundException", "m"},
		"member without a name":         {404, "ResourceNotFoundException", `{"":"SECRET"}`, "ResourceNotFoundException", ""},
		"message not a string":          {404, "ResourceNotFoundException", `{"message":{"a":1}}`, "ResourceNotFoundException", ""},
		"429":                           {429, "TooManyRequestsException", `{"message":"slow"}`, "TooManyRequestsException", "slow"},
		"unknown code":                  {418, "TeapotException", `{"message":"short and stout"}`, "TeapotException", "short and stout"},
		"code of the other service":     {400, "InvalidGrantException", `{"error":"invalid_grant"}`, "InvalidGrantException", "invalid_grant"},
		"OAuth error only":              {401, "", `{"error":"unauthorized_client"}`, "UnknownError", "unauthorized_client"},
		"empty":                         {403, "", ``, "UnknownError", "HTTP status 403 Forbidden"},
		"empty object":                  {500, "", `{}`, "UnknownError", "HTTP status 500 Internal Server Error"},
		"HTML":                          {403, "", html, "UnknownError", "HTTP status 403 Forbidden"},
		"HTML with header":              {401, "UnauthorizedException", html, "UnauthorizedException", ""},
		"HTML 502":                      {502, "", html, "UnknownError", "HTTP status 502 Bad Gateway"},
		"list":                          {400, "", `["SECRET"]`, "UnknownError", "HTTP status 400 Bad Request"},
		"null":                          {400, "", `null`, "UnknownError", "HTTP status 400 Bad Request"},
		"trailing garbage":              {400, "", `{"__type":"A"}SECRET`, "UnknownError", "HTTP status 400 Bad Request"},
		"endless":                       {400, "", `{"__type":"A","x":"` + strings.Repeat("x", 1<<20) + `"}`, "UnknownError", "HTTP status 400 Bad Request"},
		"unheard-of status":             {599, "", ``, "UnknownError", "HTTP status 599 "},
		"redirect":                      {302, "", ``, "UnknownError", "HTTP status 302 Found: redirects are not followed"},
		"not modified":                  {304, "", ``, "UnknownError", "HTTP status 304 Not Modified: redirects are not followed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(tt.status, tt.body, "X-Amzn-ErrorType", tt.header,
				"X-Amzn-Requestid", "r-1", "X-Amz-Cf-Id", "cf-1", "X-Amz-Id-2", "ext-1"))
			_, err := newClient(server).GetRoleCredentials(t.Context(), roleCredentialsInput())
			checkAPIError(t, err, tt.status, tt.wantCode, tt.wantMessage)
		})
	}
}

func checkAPIError(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	var api smithy.APIError
	var response *awshttp.ResponseError
	var op *smithy.OperationError
	if !errors.As(err, &api) || !errors.As(err, &response) || !errors.As(err, &op) {
		t.Fatalf("error %v", err)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("error %q, message %q, want %q, %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
	wantFault := smithy.FaultClient
	if status >= 500 {
		wantFault = smithy.FaultServer
	}
	if api.ErrorFault() != wantFault {
		t.Errorf("fault %v", api.ErrorFault())
	}
	if response.HTTPStatusCode() != status || response.ServiceRequestID() != "r-1" {
		t.Errorf("status %d, request id %q", response.HTTPStatusCode(), response.ServiceRequestID())
	}
	header := response.HTTPResponse().Header
	if header.Get("X-Amz-Cf-Id") != "cf-1" || header.Get("X-Amz-Id-2") != "ext-1" {
		t.Errorf("header %v", header)
	}
	if op.Service() != "SSO" || op.Operation() != "GetRoleCredentials" {
		t.Errorf("operation %s of %s", op.Operation(), op.Service())
	}
	if strings.Contains(err.Error(), "SECRET") {
		t.Errorf("error shows the body: %v", err)
	}
}

// TestErrorText holds what people read.
func TestErrorText(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"with message":    {&sso.UnauthorizedException{Message: new("Session token not found")}, "UnauthorizedException: Session token not found"},
		"without message": {&sso.ResourceNotFoundException{}, "ResourceNotFoundException"},
	}
	for name, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestTruncatedErrorBody holds that an error is an error, even if its text is lost on the way.
func TestTruncatedErrorBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", "UnauthorizedException")
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"message":`))
	}))
	t.Cleanup(server.Close)
	client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}})
	_, err := client.GetRoleCredentials(t.Context(), roleCredentialsInput())
	var unauthorized *sso.UnauthorizedException
	if !errors.As(err, &unauthorized) || unauthorized.Message != nil {
		t.Errorf("error %v", err)
	}
}

// TestNoAnswer holds that there is no response to look at when there was none.
func TestNoAnswer(t *testing.T) {
	nobody := "http://127.0.0.1:1"
	client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &nobody, Retryer: aws.NopRetryer{}})
	_, err := client.GetRoleCredentials(t.Context(), roleCredentialsInput())
	var op *smithy.OperationError
	var api smithy.APIError
	if !errors.As(err, &op) || errors.As(err, &api) || !strings.Contains(err.Error(), "dial tcp") {
		t.Errorf("error %v", err)
	}
	if strings.Contains(err.Error(), "secret-token") {
		t.Errorf("error shows the token: %v", err)
	}
}
