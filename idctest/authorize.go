package idctest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeTTL is the lifetime of an authorization code. RFC 6749 section 4.1.2 allows 10 minutes.
const codeTTL = 5 * time.Minute

// authorization is an authorization request and its code (RFC 6749 section 4.1, RFC 7636).
type authorization struct {
	client      *client
	redirectURI string
	state       string
	challenge   string
	scopes      []string
	expires     time.Time
	session     *session // set once the code has been exchanged
}

// authorize serves the consent page: GET asks the user, POST approves or denies.
func (s *Server) authorize(c *call) response {
	if c.Method == http.MethodPost {
		return s.consent(c)
	}
	query := c.URL.Query()
	cl := s.state.clients[query.Get("client_id")]
	switch {
	case cl == nil || !cl.live(c.now):
		return messagePage(http.StatusBadRequest, "Unknown client", "The client_id is not registered here, or the registration has expired.")
	case !cl.redirectAllowed(query.Get("redirect_uri")):
		// Not a redirect: RFC 6749 section 4.1.2.1.
		return messagePage(http.StatusBadRequest, "Unknown redirect URI", "The client has not registered this redirect_uri.")
	}

	a := &authorization{
		client:      cl,
		redirectURI: query.Get("redirect_uri"),
		state:       query.Get("state"),
		challenge:   query.Get("code_challenge"),
		scopes:      strings.Fields(query.Get("scopes")),
	}
	if len(a.scopes) == 0 {
		a.scopes = cl.scopes
	}
	if code, description := a.validate(query); code != "" {
		return a.redirect(http.StatusFound, "error", code, "error_description", description)
	}
	if s.opts.AutoApprove {
		return s.approve(c, a)
	}
	id := newFormID()
	s.state.forms[id] = a
	return consentPage("/authorize", "request", id, cl, a.scopes)
}

// validate returns the OAuth error code of an invalid request, or "".
func (a *authorization) validate(query url.Values) (code, description string) {
	unregistered := func(scope string) bool { return !slices.Contains(a.client.scopes, scope) }
	challenge, err := base64.RawURLEncoding.DecodeString(a.challenge)
	switch {
	case query.Get("response_type") != "code":
		return "unsupported_response_type", "response_type must be code"
	case !a.client.mayUse(grantAuthorizationCode):
		return "unauthorized_client", "The client may not use authorization codes"
	case query.Get("code_challenge_method") != "S256":
		return "invalid_request", "code_challenge_method must be S256"
	case err != nil || len(challenge) != 32:
		return "invalid_request", "code_challenge must be the SHA-256 of the verifier in base64url"
	case slices.ContainsFunc(a.scopes, unregistered):
		return "invalid_scope", "The client has not registered these scopes"
	}
	return "", ""
}

// consent handles the user's decision on the consent page.
func (s *Server) consent(c *call) response {
	form, _ := url.ParseQuery(string(c.body)) // invalid parts count as missing
	id, action := form.Get("request"), form.Get("action")
	a := s.state.forms[id]
	if a == nil || action != "approve" && action != "deny" {
		return messagePage(http.StatusBadRequest, "Nothing to approve", "Start the sign-in again.")
	}
	delete(s.state.forms, id)
	if action == "deny" {
		return a.redirect(http.StatusSeeOther, "error", "access_denied", "error_description", "The user denied the request")
	}
	return s.approve(c, a)
}

// approve redirects the browser to the client with a code.
func (s *Server) approve(c *call, a *authorization) response {
	code := newCode()
	a.expires = c.now.Add(codeTTL)
	s.state.codes[code] = a
	status := http.StatusFound
	if c.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	return a.redirect(status, "code", code)
}

// redirect redirects the browser to the redirect URI with the parameters in pairs and the state.
func (a *authorization) redirect(status int, pairs ...string) response {
	u, err := url.Parse(a.redirectURI)
	if err != nil {
		return messagePage(http.StatusBadRequest, "Unknown redirect URI", "It cannot be parsed.")
	}
	query := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	if a.state != "" {
		query.Set("state", a.state)
	}
	u.RawQuery = query.Encode()

	out := response{status: status}
	out.setHeader("Location", u.String())
	out.setHeader("Cache-Control", "no-store")
	out.setHeader("Referrer-Policy", "no-referrer")
	return out
}
