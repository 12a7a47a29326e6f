package rolecache

import "github.com/latchkey-sso/latchkey/internal/cachefile"

// Key identifies the credentials of a role, obtained through a session. It has no region: role
// credentials are valid in all regions.
type Key struct {
	Session   string // the name of the sso-session; if not empty, StartURL is ignored
	StartURL  string // the start URL as configured, if the session has no name
	AccountID string
	RoleName  string
}

// fileName returns the name of the key's file: the SHA-1 of the key as Python's json.dumps
// writes it with sort_keys=True and compact separators.
func (k Key) fileName() string {
	b := []byte(`{"accountId":`)
	b = cachefile.AppendString(b, k.AccountID)
	b = append(b, `,"roleName":`...)
	b = cachefile.AppendString(b, k.RoleName)
	if k.Session != "" {
		b = append(b, `,"sessionName":`...)
		b = cachefile.AppendString(b, k.Session)
	} else {
		b = append(b, `,"startUrl":`...)
		b = cachefile.AppendString(b, k.StartURL)
	}
	return cachefile.HashName(append(b, '}'))
}
