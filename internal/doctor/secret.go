package doctor

import (
	"net/url"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// withoutPassword redacts a value that may be a URL with a password.
func withoutPassword(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.User == nil && u.RawQuery == "" {
		return value
	}
	return redact.URL(u)
}
