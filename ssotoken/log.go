package ssotoken

import (
	"github.com/aws/smithy-go/logging"

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
