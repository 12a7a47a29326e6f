package rolecache

import (
	"crypto/sha1" //nolint:gosec // G505: names files, as in the AWS CLI; no security depends on it
	"encoding/hex"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Key identifies the credentials of a role, obtained through a session. It has no region:
// role credentials are valid in all regions.
type Key struct {
	Session   string // the name of the sso-session; if set, StartURL is ignored
	StartURL  string // the start URL as configured, for a session without a name
	AccountID string
	RoleName  string
}

// hash returns the name of the key's file without its extension: the SHA-1 of the key
// as Python's json.dumps writes it with sorted keys and compact separators.
func (k Key) hash() string {
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
	b = append(b, '}')
	sum := sha1.Sum(b) //nolint:gosec // G401: see the import
	return hex.EncodeToString(sum[:])
}
