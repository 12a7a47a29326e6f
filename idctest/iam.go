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

// createTokenWithIAM serves an application of a company's own: its request is signed, and it is
// not registered, so that any client ID goes.
func (s *Server) createTokenWithIAM(c *call) answer {
	in := parseInput(c.body)
	if refusal := require(c, in, "clientId", "grantType"); refusal != nil {
		return *refusal
	}
	issued := in.text["requestedTokenType"]
	if issued == "" {
		issued = typeAccessToken
	}
	t, refusal := s.redeemWithIAM(c, in, issued)
	if refusal != nil {
		return *refusal
	}
	return jsonAnswer(s.iamTokenAnswer(c, t, issued))
}

func (s *Server) redeemWithIAM(c *call, in input, issued string) (t tokens, refusal *answer) {
	application := &client{id: in.text["clientId"]}
	scopes := in.list["scope"]
	if len(scopes) == 0 {
		scopes = []string{"openid", "aws", "sts:identity_context"}
	}
	switch in.text["grantType"] {
	case grantJWTBearer:
		if refusal = require(c, in, "assertion"); refusal == nil {
			t = s.newSession(application, scopes, c.now)
		}
	case grantTokenExchange:
		if refusal = s.mayExchange(c, in, issued); refusal == nil {
			t = s.newSession(application, scopes, c.now)
		}
		if issued != typeRefreshToken {
			t.refresh = ""
		}
	case grantAuthorizationCode:
		if cl := s.state.clients[application.id]; cl != nil {
			return s.redeemCode(c, in, cl)
		}
		refusal = refuse(c, "InvalidGrantException", "Invalid authorization code provided")
	case grantRefreshToken:
		return s.redeemRefresh(c, in, application.id)
	default:
		refusal = refuse(c, "UnsupportedGrantTypeException", "Unsupported grant type")
	}
	return t, refusal
}

// mayExchange refuses a token exchange (RFC 8693), unless it brings an access token of this server
// that works.
func (s *Server) mayExchange(c *call, in input, issued string) (refusal *answer) {
	if refusal := require(c, in, "subjectToken", "subjectTokenType"); refusal != nil {
		return refusal
	}
	if in.text["subjectTokenType"] != typeAccessToken || issued != typeAccessToken && issued != typeRefreshToken {
		return refuse(c, "InvalidRequestException", "Unsupported token type")
	}
	if s.liveAccess(in.text["subjectToken"], c.now) == nil {
		return refuse(c, "InvalidGrantException", "Invalid subject token provided")
	}
	return nil
}

type iamTokenAnswer struct {
	tokenAnswer
	IssuedTokenType   string            `json:"issuedTokenType"`
	Scope             []string          `json:"scope"`
	AdditionalDetails additionalDetails `json:"awsAdditionalDetails"`
}

type additionalDetails struct {
	IdentityContext string `json:"identityContext"`
}

func (s *Server) iamTokenAnswer(c *call, t tokens, issued string) iamTokenAnswer {
	identity := "idctest-identity-context-" + rand.Text()
	out := iamTokenAnswer{
		tokenAnswer:       s.tokenAnswer(t),
		IssuedTokenType:   issued,
		Scope:             t.session.scopes,
		AdditionalDetails: additionalDetails{IdentityContext: identity},
	}
	idToken := s.newIDToken(t.session.clientID, identity, c.now)
	out.IDToken = &idToken
	return out
}

// newIDToken is a JWT whose claims can be read and whose signature means nothing.
func (s *Server) newIDToken(audience, identity string, now time.Time) string {
	part := func(v any) string {
		b, _ := json.Marshal(v) // maps of texts and numbers always marshal
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "idctest"}) + "." +
		part(map[string]any{
			"iss": s.opts.StartURL, "sub": "idctest-user", "aud": audience,
			"iat": now.Unix(), "exp": now.Add(s.opts.AccessTokenTTL).Unix(),
			"sts:identity_context": identity,
		}) + "." + base64.RawURLEncoding.EncodeToString([]byte("not a signature"))
}
