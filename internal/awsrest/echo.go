package awsrest

import (
	"strings"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// leastSecret is how long a secret has to be, in bytes. Shorter ones are those of tests, and part of
// many a word.
const leastSecret = 7

// secrets returns the secrets that the request holds: a server or proxy may quote them in its error.
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
