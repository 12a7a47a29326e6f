package tokencache

import (
	"fmt"
	"time"
)

// Token is what a sign-in left behind: an access token, and what it takes to replace
// it without a person.
//
// A Token that came from Parse or Load also holds the members of the file that this
// package does not know. They stay with a copy of the Token (t2 := *t), and Encode
// writes them out as they were.
type Token struct {
	StartURL string // the start URL as configured; informational, may be empty
	Region   string // the region of the Identity Center instance; informational, may be empty

	AccessToken Secret    // never empty in a token that was read
	ExpiresAt   time.Time // when AccessToken ends

	ClientID              string    // the client registration that RefreshToken belongs to; may be empty
	ClientSecret          Secret    // its secret; may be empty
	RegistrationExpiresAt time.Time // when the registration ends; zero: not known
	RefreshToken          Secret    // may be empty

	unknown *unknownMembers // nil: none
}

// Format writes what is no secret, whatever the verb is. The members of the file that
// Token does not know are left out, as there may be secrets among them.
func (t Token) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{StartURL:%q Region:%q AccessToken:%v ExpiresAt:%v ClientID:%q ClientSecret:%v RegistrationExpiresAt:%v RefreshToken:%v}",
		t.StartURL, t.Region, t.AccessToken, t.ExpiresAt, t.ClientID, t.ClientSecret, t.RegistrationExpiresAt, t.RefreshToken)
}

// Expired reports whether the access token has ended at now.
func (t *Token) Expired(now time.Time) bool {
	return !now.Before(t.ExpiresAt)
}

// Refreshable reports whether the token can be refreshed at now: it has a refresh
// token and a client registration that has not ended. A registration whose end is not
// known counts as live, as asking costs one refused call.
func (t *Token) Refreshable(now time.Time) bool {
	return t.RefreshToken != "" && t.ClientID != "" && t.ClientSecret != "" &&
		(t.RegistrationExpiresAt.IsZero() || now.Before(t.RegistrationExpiresAt))
}
