package ssotoken

import (
	"fmt"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
)

// The warnings that are given once for each sign-in.
const (
	tokenTrouble = "token cache"
	lockTrouble  = "locks"
	plainHTTP    = "plain http"
	openCache    = "open cache"
)

// warnPlainHTTP warns about an endpoint to which tokens travel unencrypted. It is not an
// error: an emulator in a container has no certificate.
func (s *Source) warnPlainHTTP(endpoint string) {
	if host := ssoclient.PlainHTTPHost(endpoint); host != "" {
		s.warnOnce(plainHTTP, "the tokens of %s are sent to %s unencrypted, over plain http", s.sessionName(), host)
	}
}

func (s *Source) warnOnce(what, format string, args ...any) {
	if s.session.firstWarning(what) {
		s.warnf(format, args...)
	}
}

func (s *Source) warnf(format string, args ...any) {
	s.settings().Logger.Logf(logging.Warn, format, args...)
}

func (s *Source) debugf(format string, args ...any) {
	s.settings().Logger.Logf(logging.Debug, format, args...)
}

// name names a call about the session in errors.
func (s *Source) name(verb string) flight.Name {
	return flight.Name{Package: "ssotoken", Call: verb + " " + s.sessionName()}
}

// sessionName names the session in logs and errors.
func (s *Source) sessionName() string {
	if name := s.signIn.Session.Name; name != "" {
		return fmt.Sprintf("sso-session %q", name)
	}
	return "the sign-in at " + s.signIn.Session.StartURL
}

// key is the key of the session in the token cache.
func (s *Source) key() string { return s.signIn.Session.CacheKey() }
