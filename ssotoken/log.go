package ssotoken

import (
	"fmt"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
)

// Warnings that are logged once per sign-in.
const (
	cacheWarning     = "token cache"
	lockWarning      = "locks"
	plainHTTPWarning = "plain http"
	openCacheWarning = "open cache"
	shareWarning     = "share"

	unreadableWarning = "unreadable cache"
)

// warnPlainHTTP warns if tokens are sent to endpoint unencrypted. This is not an error, since
// emulators have no certificates.
func (s *Source) warnPlainHTTP(endpoint string) {
	if host := ssoclient.PlainHTTPHost(endpoint); host != "" {
		s.warnOnce(plainHTTPWarning, "the tokens of %s are sent to %s unencrypted, over plain HTTP", s.sessionName(), host)
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

// name returns the name of a call for errors.
func (s *Source) name(verb string) flight.Name {
	return flight.Name{Package: "ssotoken", Call: verb + " " + s.sessionName()}
}

// sessionName returns the name of the session for logs and errors.
func (s *Source) sessionName() string {
	if name := s.signIn.Session.Name; name != "" {
		return fmt.Sprintf("sso-session %q", name)
	}
	return "the sign-in at " + s.signIn.Session.StartURL
}

// key returns the key of the session in the token cache.
func (s *Source) key() string { return s.signIn.Session.CacheKey() }
