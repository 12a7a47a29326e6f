package assumerole

import (
	"strconv"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// key returns the key of p's role in a cache that the AWS CLI does not read. No role of Identity
// Center has a colon in its name.
func key(p *profile.Profile) rolecache.Key {
	k := rolecache.Key{
		AccountID: AccountID(p.RoleARN),
		RoleName:  "assumed:" + cachefile.WithExtension(fileName(p), ""),
	}
	if s := p.Origin().Session; s != nil {
		k.Session, k.StartURL = s.Name, s.StartURL
	}
	return k
}

// fileName returns the name of the AWS CLI's cache file for p's role: the SHA-1 of the parameters
// of AssumeRole, as Python's json.dumps with sorted keys writes them. The default session name and
// the source profile are not part of it.
func fileName(p *profile.Profile) string {
	b := []byte("{")
	member := func(name string, value []byte) {
		if len(b) > 1 {
			b = append(b, ", "...)
		}
		b = append(cachefile.AppendString(b, name), ": "...)
		b = append(b, value...)
	}
	text := func(name, value string) {
		if value != "" {
			member(name, cachefile.AppendString(nil, value))
		}
	}
	if p.DurationSeconds != 0 {
		member("DurationSeconds", strconv.AppendInt(nil, int64(p.DurationSeconds), 10))
	}
	text("ExternalId", p.ExternalID)
	text("RoleArn", p.RoleARN)
	text("RoleSessionName", p.RoleSessionName)
	text("SerialNumber", p.MFASerial)
	return cachefile.HashName(append(b, '}'))
}
