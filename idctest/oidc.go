package idctest

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	grantAuthorizationCode = "authorization_code"
	grantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
	grantRefreshToken      = "refresh_token"
)

// require rejects a call if one of the members is absent or empty.
func require(c *call, in input, members ...string) *response {
	if name := in.missing(members...); name != "" {
		return reject(c, "InvalidRequestException", "Missing required member "+name)
	}
	return nil
}

func (s *Server) registerClient(c *call) response {
	in := parseInput(c.body)
	if rejection := require(c, in, "clientName", "clientType"); rejection != nil {
		return *rejection
	}
	if in.text["clientType"] != "public" {
		return errorResponse(c.op, "InvalidClientMetadataException", "clientType must be public")
	}
	if slices.ContainsFunc(in.list["scopes"], invalidScope) {
		return errorResponse(c.op, "InvalidScopeException", "Invalid scope")
	}
	if slices.ContainsFunc(in.list["redirectUris"], invalidRedirectURI) {
		return errorResponse(c.op, "InvalidRedirectUriException", "Invalid redirect URI")
	}
	if slices.ContainsFunc(in.list["grantTypes"], unsupportedGrantType) {
		return errorResponse(c.op, "UnsupportedGrantTypeException", "Unsupported grant type")
	}
	if issuer := in.text["issuerUrl"]; issuer != "" && !s.isStartURL(issuer) {
		return errorResponse(c.op, "InvalidRequestException", "Unknown issuerUrl")
	}

	cl := &client{
		id:           newClientID(),
		secret:       newClientSecret(),
		name:         in.text["clientName"],
		scopes:       in.list["scopes"],
		redirectURIs: in.list["redirectUris"],
		grantTypes:   in.list["grantTypes"],
		expires:      c.now.Add(s.opts.RegistrationTTL),
	}
	s.state.clients[cl.id] = cl
	return jsonResponse(registration{
		ClientID:              cl.id,
		ClientSecret:          cl.secret,
		ClientIDIssuedAt:      c.now.Unix(),
		ClientSecretExpiresAt: cl.expires.Unix(),
	})
}

type registration struct {
	ClientID              string  `json:"clientId"`
	ClientSecret          string  `json:"clientSecret"`
	ClientIDIssuedAt      int64   `json:"clientIdIssuedAt"`      // Unix time in seconds
	ClientSecretExpiresAt int64   `json:"clientSecretExpiresAt"` // Unix time in seconds
	AuthorizationEndpoint *string `json:"authorizationEndpoint"` // always null
	TokenEndpoint         *string `json:"tokenEndpoint"`         // always null
}

// client authenticates the client of a call, or rejects the call.
func (s *Server) client(c *call, in input) (cl *client, rejection *response) {
	cl = s.state.clients[in.text["clientId"]]
	switch {
	case cl == nil || cl.secret != in.text["clientSecret"]:
		return nil, reject(c, "InvalidClientException", "Invalid client ID or secret")
	case !cl.live(c.now):
		return nil, reject(c, "InvalidClientException", "The client registration has expired")
	}
	return cl, nil
}

func (s *Server) startDeviceAuthorization(c *call) response {
	in := parseInput(c.body)
	if rejection := require(c, in, "clientId", "clientSecret", "startUrl"); rejection != nil {
		return *rejection
	}
	cl, rejection := s.client(c, in)
	if rejection != nil {
		return *rejection
	}
	if !cl.mayUse(grantDeviceCode) {
		return errorResponse(c.op, "UnauthorizedClientException", "The client may not use device codes")
	}
	if !s.isStartURL(in.text["startUrl"]) {
		return errorResponse(c.op, "InvalidRequestException", "Unknown startUrl")
	}

	code, d := s.newDevice(cl, c.now)
	page := s.url + "/device"
	return jsonResponse(deviceAuthorization{
		DeviceCode:              code,
		UserCode:                d.userCode,
		VerificationURI:         page,
		VerificationURIComplete: page + "?user_code=" + d.userCode,
		ExpiresIn:               wholeSeconds(s.opts.DeviceCodeTTL),
		Interval:                wholeSeconds(s.opts.PollInterval + time.Second - 1), // rounded up
	})
}

type deviceAuthorization struct {
	DeviceCode              string `json:"deviceCode"`
	UserCode                string `json:"userCode"`
	VerificationURI         string `json:"verificationUri"`
	VerificationURIComplete string `json:"verificationUriComplete"`
	ExpiresIn               int64  `json:"expiresIn"` // seconds
	Interval                int64  `json:"interval"`  // seconds
}

func wholeSeconds(d time.Duration) int64 { return int64(d / time.Second) }

// isStartURL compares a start URL with the server's, ignoring a trailing "/", "#" or "#/".
func (s *Server) isStartURL(startURL string) bool {
	return strings.TrimRight(startURL, "#/") == strings.TrimRight(s.opts.StartURL, "#/")
}

func unsupportedGrantType(g string) bool {
	return g != grantAuthorizationCode && g != grantDeviceCode && g != grantRefreshToken
}

// invalidScope reports whether a scope is not a scope-token of RFC 6749 section 3.3.
func invalidScope(scope string) bool {
	outside := func(r rune) bool { return r < '!' || r > '~' || r == '"' || r == '\\' }
	return scope == "" || strings.ContainsFunc(scope, outside)
}

// invalidRedirectURI reports whether a redirect URI is not allowed: it must be https, or http on a loopback host,
// without a fragment or user info.
func invalidRedirectURI(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || strings.Contains(uri, "#") {
		return true
	}
	return u.Scheme != "https" && !isLoopback(u)
}

func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// redirectAllowed reports whether a client has registered a redirect URI, ignoring the port of a loopback URI (RFC 8252
// section 7.3).
func (c *client) redirectAllowed(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || invalidRedirectURI(uri) {
		return false
	}
	return slices.ContainsFunc(c.redirectURIs, func(registered string) bool {
		r, err := url.Parse(registered)
		if err != nil || !isLoopback(r) {
			return registered == uri
		}
		return isLoopback(u) && r.Hostname() == u.Hostname() &&
			r.EscapedPath() == u.EscapedPath() && r.RawQuery == u.RawQuery
	})
}
