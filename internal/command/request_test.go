package command

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// unsent returns the clients' error for a GetRoleCredentials request that was not sent.
func unsent(cause error) *smithy.OperationError {
	sending := &url.Error{Op: "Get", URL: "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=x", Err: cause}
	return &smithy.OperationError{
		ServiceID: "SSO", OperationName: "GetRoleCredentials",
		Err: &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{Err: &smithyhttp.RequestSendError{Err: sending}}},
	}
}

// answered returns the error of a request whose response was err.
func answered(operation string, status int, id string, err error) *smithy.OperationError {
	resp := &smithyhttp.Response{Response: &http.Response{StatusCode: status}}
	return &smithy.OperationError{
		ServiceID: "SSO", OperationName: operation,
		Err: &awshttp.ResponseError{RequestID: id, ResponseError: &smithyhttp.ResponseError{Response: resp, Err: err}},
	}
}

func TestRequestFailure(t *testing.T) {
	const (
		networkHint = "check the network and sso_region; behind a proxy, set HTTPS_PROXY"
		proxyHint   = "the response is not from Identity Center: check for a proxy or captive portal"
	)
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: err}
	}
	refused := dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	tests := []struct {
		name       string
		err        *smithy.OperationError
		want, hint string
	}{
		{
			"refused", unsent(refused),
			"cannot reach portal.sso.eu-west-1.amazonaws.com: connection refused", networkHint,
		},
		{
			"no such host", unsent(dial(&net.DNSError{Err: "no such host", Name: "portal", Server: "192.0.2.53:53", IsNotFound: true})),
			"cannot reach portal.sso.eu-west-1.amazonaws.com: no such host", networkHint,
		},
		{
			"no name server", unsent(dial(&net.DNSError{Err: "read udp 192.0.2.1:1->192.0.2.53:53: i/o timeout", IsTimeout: true})),
			"cannot reach portal.sso.eu-west-1.amazonaws.com: the DNS lookup failed", networkHint,
		},
		{
			"dial timeout", unsent(dial(os.ErrDeadlineExceeded)),
			"cannot reach portal.sso.eu-west-1.amazonaws.com: timed out", networkHint,
		},
		{
			"closed", unsent(io.EOF),
			"cannot reach portal.sso.eu-west-1.amazonaws.com: the connection was closed", networkHint,
		},
		{
			"proxy refused", unsent(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: refused}),
			"cannot reach portal.sso.eu-west-1.amazonaws.com through the proxy: connection refused", networkHint,
		},
		{
			"unknown authority", unsent(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}),
			"cannot reach portal.sso.eu-west-1.amazonaws.com: x509: certificate signed by unknown authority",
			"if a proxy intercepts TLS, set AWS_CA_BUNDLE to its CA file",
		},
		{
			"timeout", &smithy.OperationError{ServiceID: "SSO", OperationName: "Logout", Err: &smithy.CanceledError{Err: context.DeadlineExceeded}},
			"the server did not respond in time", networkHint,
		},
		{
			"modelled", answered("GetRoleCredentials", 404, "id-1", &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "no role"}),
			"ResourceNotFoundException: no role (HTTP 404, request id id-1)",
			"check that the role is assigned to you, and that sso_account_id and sso_role_name are correct",
		},
		{
			"without words", answered("RegisterClient", 400, "", &smithy.GenericAPIError{Code: "InvalidScopeException"}),
			"InvalidScopeException (HTTP 400)",
			"check sso_start_url, sso_region and sso_registration_scopes in the config file",
		},
		{
			"of another operation", answered("CreateToken", 400, "", &smithy.GenericAPIError{Code: "InvalidRequestException", Message: "what?"}),
			"InvalidRequestException: what? (HTTP 400)", "",
		},
		{
			"without a code", answered("GetRoleCredentials", 403, "id-1", &smithy.GenericAPIError{Code: "UnknownError", Message: "HTTP status 403 Forbidden"}),
			"HTTP status 403 Forbidden (request id id-1)", proxyHint,
		},
		{
			"a code without words", answered("GetRoleCredentials", 403, "id-1", &smithy.GenericAPIError{Code: "ForbiddenException", Message: "HTTP status 403 Forbidden"}),
			"ForbiddenException: HTTP status 403 Forbidden (request id id-1)",
			"check that the role is assigned to you, and that sso_account_id and sso_role_name are correct",
		},
		{
			"the server's words about HTTP", answered("CreateToken", 400, "", &smithy.GenericAPIError{Code: "InvalidRequestException", Message: "HTTP status 2 is none"}),
			"InvalidRequestException: HTTP status 2 is none (HTTP 400)", "",
		},
		{
			"words without a code", answered("GetRoleCredentials", 403, "", &smithy.GenericAPIError{Code: "UnknownError", Message: "blocked"}),
			"blocked (HTTP 403)", proxyHint,
		},
		{
			"throttled", answered("GetRoleCredentials", 429, "", &smithy.GenericAPIError{Code: "TooManyRequestsException", Message: "slower"}),
			"TooManyRequestsException: slower (HTTP 429)", "Identity Center is throttling requests: try again in a minute",
		},
		{
			"failing", answered("GetRoleCredentials", 503, "", &smithy.GenericAPIError{Code: "UnknownError", Message: "HTTP status 503 Service Unavailable"}),
			"HTTP status 503 Service Unavailable", "Identity Center returned a server error: try again in a minute",
		},
		{
			"not understood", answered("GetRoleCredentials", 200, "id-1", &smithy.DeserializationError{Err: errors.New("invalid JSON at byte 1 of 10")}),
			"the response is not valid: invalid JSON at byte 1 of 10 (HTTP 200, request id id-1)", proxyHint,
		},
		{
			"not sent", &smithy.OperationError{ServiceID: "SSO", OperationName: "Logout", Err: errors.New("no endpoint")},
			"no endpoint", "",
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := requestFailure(tc.err); got != tc.want {
				t.Errorf("failure:\n got %s\nwant %s", got, tc.want)
			}
			if got := requestHint(tc.err); got != tc.hint {
				t.Errorf("hint:\n got %s\nwant %s", got, tc.hint)
			}
		})
	}
}
