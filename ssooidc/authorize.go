package ssooidc

import (
	"errors"
	"net/url"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// AuthorizeInput is an authorization request with PKCE (RFC 7636). All fields are required.
type AuthorizeInput struct {
	// ClientId is that of RegisterClient.
	ClientId string

	// RedirectUri receives the response. It must be registered, except that a loopback URI may have any port
	// (RFC 8252 section 7.3).
	RedirectUri string

	// State is returned with the response.
	State string

	// CodeChallenge is the SHA-256 of the code verifier, in base64url without padding.
	CodeChallenge string

	// Scopes are the scopes of the token.
	Scopes []string
}

// AuthorizeURL returns the URL to open in a browser for the authorization code grant. It is at the client's
// endpoint, without the path of a custom endpoint, and the same as the AWS CLI's to the byte.
func (c *Client) AuthorizeURL(in AuthorizeInput) (string, error) {
	if in.ClientId == "" || in.RedirectUri == "" || in.State == "" || in.CodeChallenge == "" || len(in.Scopes) == 0 {
		return "", errors.New("ssooidc: authorization request: a required parameter is missing")
	}
	endpoint, err := service.Endpoint(awsrest.Options(c.rest.Options()))
	if err != nil {
		return "", err
	}
	address := url.URL{Scheme: endpoint.Scheme, Host: endpoint.Host, Path: "/authorize"}
	// The service calls the parameter scopes, not scope as RFC 6749 does.
	return address.String() + "?response_type=code" +
		"&client_id=" + escape(in.ClientId) +
		"&redirect_uri=" + escape(in.RedirectUri) +
		"&state=" + escape(in.State) +
		"&code_challenge_method=S256" +
		"&scopes=" + escape(strings.Join(in.Scopes, " ")) +
		"&code_challenge=" + escape(in.CodeChallenge), nil
}

// escape writes a space as %20, since + means a space in forms only.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
