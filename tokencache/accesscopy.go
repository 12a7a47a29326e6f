package tokencache

import (
	"slices"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// copyMark is the member that marks a copy. AWS tools ignore it.
const copyMark = "latchkeyCopy"

// AccessCopy returns a copy of the token for tools that must not refresh it: without the refresh
// token, the client and unknown members, and with a mark that IsAccessCopy finds.
func (t *Token) AccessCopy() *Token {
	return &Token{
		StartURL: t.StartURL, Region: t.Region, AccessToken: t.AccessToken, ExpiresAt: t.ExpiresAt,
		unknown: &unknownMembers{[]cachefile.Member{
			{Name: copyMark, RawName: []byte(`"` + copyMark + `"`), RawValue: []byte("true")},
		}},
	}
}

// IsAccessCopy reports whether the token comes from AccessCopy. The sign-in itself is elsewhere.
func (t *Token) IsAccessCopy() bool {
	return t.unknown != nil && slices.ContainsFunc(t.unknown.members, func(m cachefile.Member) bool {
		return m.Name == copyMark && string(m.RawValue) == "true"
	})
}
