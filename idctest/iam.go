package idctest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"time"
)

const (
	grantJWTBearer     = "urn:ietf:params:oauth:grant-type:jwt-bearer"     //nolint:gosec // a name
	grantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange" //nolint:gosec // a name

	typeAccessToken  = "urn:ietf:params:oauth:token-type:access_token"  //nolint:gosec // a name
	typeRefreshToken = "urn:ietf:params:oauth:token-type:refresh_token" //nolint:gosec // a name
)

// createTokenWithIAM accepts any client ID, since customer managed applications are not registered here.
func (s *Server) createTokenWithIAM(c *call) response {
	in := parseInput(c.body)
	if rejection := require(c, in, "clientId", "grantType"); rejection != nil {
		return *rejection
	}
	issued := in.text["requestedTokenType"]
	if issued == "" {
		issued = typeAccessToken
	}
	t, rejection := s.redeemWithIAM(c, in, issued)
	if rejection != nil {
		return *rejection
	}
	return jsonResponse(s.iamTokenResponse(c, t, issued))
}

func (s *Server) redeemWithIAM(c *call, in input, issued string) (t tokens, rejection *response) {
	application := &client{id: in.text["clientId"]}
	scopes := in.list["scope"]
	if len(scopes) == 0 {
		scopes = []string{"openid", "aws", "sts:identity_context"}
	}
	switch in.text["grantType"] {
	case grantJWTBearer:
		if rejection = require(c, in, "assertion"); rejection == nil {
			t = s.newSession(application, scopes, c.now)
		}
	case grantTokenExchange:
		if rejection = s.mayExchange(c, in, issued); rejection == nil {
			t = s.newSession(application, scopes, c.now)
		}
		if issued != typeRefreshToken {
			t.refresh = ""
		}
	case grantAuthorizationCode:
		if cl := s.state.clients[application.id]; cl != nil {
			return s.redeemCode(c, in, cl)
		}
		rejection = reject(c, "InvalidGrantException", "Invalid authorization code provided")
	case grantRefreshToken:
		return s.redeemRefresh(c, in, application.id)
	default:
		rejection = reject(c, "UnsupportedGrantTypeException", "Unsupported grant type")
	}
	return t, rejection
}

// mayExchange rejects a token exchange (RFC 8693) without a valid access token.
func (s *Server) mayExchange(c *call, in input, issued string) (rejection *response) {
	if rejection := require(c, in, "subjectToken", "subjectTokenType"); rejection != nil {
		return rejection
	}
	if in.text["subjectTokenType"] != typeAccessToken || issued != typeAccessToken && issued != typeRefreshToken {
		return reject(c, "InvalidRequestException", "Unsupported token type")
	}
	if s.liveAccess(in.text["subjectToken"], c.now) == nil {
		return reject(c, "InvalidGrantException", "Invalid subject token provided")
	}
	return nil
}

type iamTokenResponse struct {
	tokenResponse
	IssuedTokenType   string            `json:"issuedTokenType"`
	Scope             []string          `json:"scope"`
	AdditionalDetails additionalDetails `json:"awsAdditionalDetails"`
}

type additionalDetails struct {
	IdentityContext string `json:"identityContext"`
}

func (s *Server) iamTokenResponse(c *call, t tokens, issued string) iamTokenResponse {
	identity := "idctest-identity-context-" + rand.Text()
	out := iamTokenResponse{
		tokenResponse:     s.tokenResponse(t),
		IssuedTokenType:   issued,
		Scope:             t.session.scopes,
		AdditionalDetails: additionalDetails{IdentityContext: identity},
	}
	idToken := s.newIDToken(t.session.clientID, identity, c.now)
	out.IDToken = &idToken
	return out
}

// newIDToken returns a JWT with an invalid signature.
func (s *Server) newIDToken(audience, identity string, now time.Time) string {
	part := func(v any) string {
		b, _ := json.Marshal(v) // maps of strings and numbers always marshal
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "idctest"}) + "." +
		part(map[string]any{
			"iss": s.opts.StartURL, "sub": "idctest-user", "aud": audience,
			"iat": now.Unix(), "exp": now.Add(s.opts.AccessTokenTTL).Unix(),
			"sts:identity_context": identity,
		}) + "." + base64.RawURLEncoding.EncodeToString([]byte("not a signature"))
}
