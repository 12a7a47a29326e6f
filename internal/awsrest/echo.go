package awsrest

import (
	"strings"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// leastSecret is the length from which a secret is hidden, in bytes. Shorter ones occur in tests, and inside of
// words.
const leastSecret = 7

// secrets returns the secrets in the request, which a server or proxy may quote in its error.
func (w *RequestWriter) secrets() []redact.Secret {
	var found []redact.Secret
	add := func(text string) {
		if len(text) >= leastSecret {
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
