package awsrest

import (
	"strings"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// minSecret is the minimum length of a secret to hide, in bytes. Shorter ones occur in tests and within words.
const minSecret = 7

// secrets returns the secrets in the request, which an error response may echo.
func (w *RequestWriter) secrets() []redact.Secret {
	var found []redact.Secret
	add := func(text string) {
		if len(text) >= minSecret {
			found = append(found, redact.Secret(text))
		}
	}
	for name, values := range w.header {
		if isSecretHeader(name) && len(values) > 0 {
			add(values[0])
		}
	}
	for name, value := range w.body {
		if text, ok := value.(string); ok && isSecretMember(name) {
			add(text)
		}
	}
	return found
}

// hide returns text without the secrets.
func hide(text string, secrets []redact.Secret) string {
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, string(secret), redacted)
	}
	return text
}
