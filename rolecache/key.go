package rolecache

import (
	"crypto/sha1" //nolint:gosec // G505: names files, as the AWS CLI does; it guards nothing
	"encoding/hex"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Key names the credentials of one role, reached through one session. The region is no
// part of it: role credentials are good in every region.
type Key struct {
	Session   string // the name of the sso-session; it wins over StartURL
	StartURL  string // the start URL as configured, of a profile without a named session
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
