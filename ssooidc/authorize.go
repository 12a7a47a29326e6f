package ssooidc

import (
	"errors"
	"net/url"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// AuthorizeInput is an authorization request with PKCE (RFC 7636). All fields are required.
type AuthorizeInput struct {
	// ClientId is from RegisterClient.
	ClientId string

	// RedirectUri receives the response. It must be registered, but the port of a loopback URI may differ (RFC
	// 8252 section 7.3).
	RedirectUri string

	// State is returned with the response.
	State string

	// CodeChallenge is the SHA-256 of the code verifier, in base64url without padding.
	CodeChallenge string

	// Scopes are the scopes of the token.
	Scopes []string
}

// AuthorizeURL returns the URL to open in a browser for the authorization code grant. It has the host of the client's
// endpoint, but not its path, and equals the AWS CLI's byte for byte.
func (c *Client) AuthorizeURL(in AuthorizeInput) (string, error) {
	if in.ClientId == "" || in.RedirectUri == "" || in.State == "" || in.CodeChallenge == "" || len(in.Scopes) == 0 {
		return "", errors.New("ssooidc: authorization request: a required parameter is missing")
	}
	endpoint, err := service.Endpoint(awsrest.Options(c.rest.Options()))
	if err != nil {
		return "", err
	}
	address := url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host, Path: "/authorize"}
	// The service's parameter is scopes, not scope as in RFC 6749.
	return address.String() + "?response_type=code" +
		"&client_id=" + escape(in.ClientId) +
		"&redirect_uri=" + escape(in.RedirectUri) +
		"&state=" + escape(in.State) +
		"&code_challenge_method=S256" +
		"&scopes=" + escape(strings.Join(in.Scopes, " ")) +
		"&code_challenge=" + escape(in.CodeChallenge), nil
}

// escape encodes a space as %20 rather than +.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
