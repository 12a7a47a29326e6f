package tokencache

import (
	"fmt"
	"time"
)

// Token is the result of a sign-in: an access token and the data to refresh it.
//
// A Token from Parse or Load also holds the unknown members of its file. A copy of the Token
// (t2 := *t) has them too, and Encode writes them unchanged.
type Token struct {
	StartURL string // the start URL as configured; informational, may be empty
	Region   string // the region of the Identity Center instance; informational, may be empty

	AccessToken Secret    // never empty in a token from Parse or Load
	ExpiresAt   time.Time // when AccessToken expires

	ClientID              string    // the client that RefreshToken was issued to; may be empty
	ClientSecret          Secret    // may be empty
	RegistrationExpiresAt time.Time // when the client registration expires; zero if unknown
	RefreshToken          Secret    // may be empty

	unknown *unknownMembers // nil if there are none
}

// Format prints the token with its secrets redacted, for every verb. It omits unknown members,
// which may be secret.
func (t Token) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{StartURL:%q Region:%q AccessToken:%v ExpiresAt:%v ClientID:%q ClientSecret:%v RegistrationExpiresAt:%v RefreshToken:%v}",
		t.StartURL, t.Region, t.AccessToken, t.ExpiresAt, t.ClientID, t.ClientSecret, t.RegistrationExpiresAt, t.RefreshToken)
}

// Expired reports whether the access token is expired at now.
func (t *Token) Expired(now time.Time) bool {
	return !now.Before(t.ExpiresAt)
}

// Refreshable reports whether the token has a refresh token and a client registration that is
// not expired at now. A registration with unknown expiry counts as valid: at worst, the
// service rejects one request.
func (t *Token) Refreshable(now time.Time) bool {
	return t.RefreshToken != "" && t.ClientID != "" && t.ClientSecret != "" &&
		(t.RegistrationExpiresAt.IsZero() || now.Before(t.RegistrationExpiresAt))
}
