package idctest

import (
	"crypto/sha256"
	"encoding/base64"
)

func (s *Server) createToken(c *call) response {
	in := parseInput(c.body)
	if rejection := require(c, in, "clientId", "clientSecret", "grantType"); rejection != nil {
		return *rejection
	}
	cl, rejection := s.client(c, in)
	if rejection != nil {
		return *rejection
	}
	grantType := in.text["grantType"]
	switch {
	case unsupportedGrantType(grantType):
		return errorResponse(c.op, "UnsupportedGrantTypeException", "Unsupported grant type")
	case !cl.mayUse(grantType):
		return errorResponse(c.op, "UnauthorizedClientException", "The client may not use this grant type")
	}

	var t tokens
	switch grantType {
	case grantDeviceCode:
		t, rejection = s.redeemDevice(c, in, cl)
	case grantAuthorizationCode:
		t, rejection = s.redeemCode(c, in, cl)
	default:
		t, rejection = s.redeemRefresh(c, in, cl.id)
	}
	if rejection != nil {
		return *rejection
	}
	return jsonResponse(s.tokenResponse(t))
}

type tokenResponse struct {
	AccessToken  string  `json:"accessToken"`
	TokenType    string  `json:"tokenType"`
	ExpiresIn    int64   `json:"expiresIn"` // seconds
	RefreshToken *string `json:"refreshToken"`
	IDToken      *string `json:"idToken"`
}

func (s *Server) tokenResponse(t tokens) tokenResponse {
	out := tokenResponse{
		AccessToken: t.access,
		TokenType:   "Bearer",
		ExpiresIn:   wholeSeconds(s.opts.AccessTokenTTL),
	}
	if t.refresh != "" {
		out.RefreshToken = &t.refresh
	}
	return out
}

// redeemRefresh handles the refresh_token grant.
func (s *Server) redeemRefresh(c *call, in input, clientID string) (t tokens, rejection *response) {
	if rejection := require(c, in, "refreshToken"); rejection != nil {
		return tokens{}, rejection
	}
	t, ok := s.useRefresh(in.text["refreshToken"], clientID, c.now)
	if !ok {
		return tokens{}, reject(c, "InvalidGrantException", "Invalid refresh token provided")
	}
	return t, nil
}

// redeemCode handles the authorization_code grant. A code that is used twice ends its sign-in (RFC 6749 section
// 4.1.2).
func (s *Server) redeemCode(c *call, in input, cl *client) (t tokens, rejection *response) {
	if rejection := require(c, in, "code", "redirectUri", "codeVerifier"); rejection != nil {
		return tokens{}, rejection
	}
	a := s.state.codes[in.text["code"]]
	switch {
	case a == nil || a.client != cl:
	case a.session != nil:
		a.session.ended = true
	case !c.now.Before(a.expires) || a.redirectURI != in.text["redirectUri"]:
	case a.challenge != challengeOf(in.text["codeVerifier"]):
	default:
		t = s.newSession(cl, a.scopes, c.now)
		a.session = t.session
		return t, nil
	}
	return tokens{}, reject(c, "InvalidGrantException", "Invalid authorization code provided")
}

// challengeOf returns the S256 code challenge of a verifier (RFC 7636 section 4.2).
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
