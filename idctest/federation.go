package idctest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
)

// federation serves the federation endpoint of AWS Sign-In: it exchanges credentials that the server
// issued for a sign-in token, and redirects a browser with a sign-in token to its destination.
func (s *Server) federation(c *call) response {
	if c.Method == http.MethodGet {
		return s.consoleLogin(c.URL.Query())
	}
	form, err := url.ParseQuery(string(c.body))
	var session struct{ SessionID, SessionKey, SessionToken string }
	if err != nil || form.Get("Action") != "getSigninToken" || json.Unmarshal([]byte(form.Get("Session")), &session) != nil {
		return response{status: http.StatusBadRequest}
	}
	by := s.state.callers[session.SessionID]
	if by == nil || by.credentials.SecretAccessKey != session.SessionKey || by.credentials.SessionToken != session.SessionToken ||
		!c.now.Before(by.credentials.Expires) {
		return response{status: http.StatusBadRequest}
	}
	token := "idctest-signin-token-" + rand.Text()
	s.state.signInTokens[token] = true
	return jsonResponse(map[string]string{"SigninToken": token})
}

func (s *Server) consoleLogin(query url.Values) response {
	if query.Get("Action") != "login" || !s.state.signInTokens[query.Get("SigninToken")] {
		return response{status: http.StatusBadRequest}
	}
	a := response{status: http.StatusFound}
	a.setHeader("Location", query.Get("Destination"))
	return a
}
