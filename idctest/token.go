package idctest

import (
	"crypto/sha256"
	"encoding/base64"
)

func (s *Server) createToken(c *call) answer {
	in := parseInput(c.body)
	if refusal := require(c, in, "clientId", "clientSecret", "grantType"); refusal != nil {
		return *refusal
	}
	cl, refusal := s.client(c, in)
	if refusal != nil {
		return *refusal
	}
	grantType := in.text["grantType"]
	switch {
	case unsupportedGrantType(grantType):
		return errorAnswer(c.op, "UnsupportedGrantTypeException", "Unsupported grant type")
	case !cl.mayUse(grantType):
		return errorAnswer(c.op, "UnauthorizedClientException", "The client may not use this grant type")
	}

	var t tokens
	switch grantType {
	case grantDeviceCode:
		t, refusal = s.redeemDevice(c, in, cl)
	case grantAuthorizationCode:
		t, refusal = s.redeemCode(c, in, cl)
	default:
		t, refusal = s.redeemRefresh(c, in, cl.id)
	}
	if refusal != nil {
		return *refusal
	}
	return jsonAnswer(s.tokenAnswer(t))
}

type tokenAnswer struct {
	AccessToken  string  `json:"accessToken"`
	TokenType    string  `json:"tokenType"`
	ExpiresIn    int64   `json:"expiresIn"` // seconds
	RefreshToken *string `json:"refreshToken"`
	IDToken      *string `json:"idToken"`
}

func (s *Server) tokenAnswer(t tokens) tokenAnswer {
	out := tokenAnswer{
		AccessToken: t.access,
		TokenType:   "Bearer",
		ExpiresIn:   wholeSeconds(s.opts.AccessTokenTTL),
	}
	if t.refresh != "" {
		out.RefreshToken = &t.refresh
	}
	return out
}

// redeemRefresh serves the refresh_token grant.
func (s *Server) redeemRefresh(c *call, in input, clientID string) (t tokens, refusal *answer) {
	if refusal := require(c, in, "refreshToken"); refusal != nil {
		return tokens{}, refusal
	}
	t, ok := s.useRefresh(in.text["refreshToken"], clientID, c.now)
	if !ok {
		return tokens{}, refuse(c, "InvalidGrantException", "Invalid refresh token provided")
	}
	return t, nil
}

// redeemCode serves the authorization_code grant. A code that is used twice ends the sign-in it
// began (RFC 6749 section 4.1.2).
func (s *Server) redeemCode(c *call, in input, cl *client) (t tokens, refusal *answer) {
	if refusal := require(c, in, "code", "redirectUri", "codeVerifier"); refusal != nil {
		return tokens{}, refusal
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
	return tokens{}, refuse(c, "InvalidGrantException", "Invalid authorization code provided")
}

// challengeOf is the S256 code challenge of a verifier (RFC 7636 section 4.2).
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
