package tokencache

import "github.com/latchkey-sso/latchkey/internal/cachefile"

// unknownMembers are the members of a token file for which Token has no field.
type unknownMembers struct{ members []cachefile.Member }

// Parse reads the content of a token file, whichever AWS tool wrote it.
//
// The access token and its expiry are required. Other members may be missing, null or empty,
// which mean the same. A known member must be a string. Names are case-sensitive, and the
// last of several members with the same name counts. Times may have any offset and fraction,
// the suffix UTC that older AWS CLIs wrote, or no offset, which means UTC.
//
// An invalid registrationExpiresAt counts as missing: the access token is still good, and a
// rejected refresh costs less than a needless sign-in.
//
// The error is an *InvalidError with an empty Path.
func Parse(data []byte) (*Token, error) {
	token, err := parse(data)
	if err != nil {
		return nil, invalid("", err)
	}
	return token, nil
}

var (
	errNoAccessToken = &cachefile.DamageError{Reason: `no "accessToken"`}
	errNoExpiry      = &cachefile.DamageError{Reason: `"expiresAt" is missing or not a time`}
)

// parse is Parse with errors that are *cachefile.DamageError.
func parse(data []byte) (*Token, error) {
	members, err := cachefile.Members(data)
	if err != nil {
		return nil, err
	}
	token := &Token{}
	var unknown []cachefile.Member
	for _, m := range members {
		known, err := token.set(m)
		if err != nil {
			return nil, err
		}
		if !known {
			unknown = append(unknown, m)
		}
	}
	if unknown != nil {
		token.unknown = &unknownMembers{unknown}
	}
	switch {
	case token.AccessToken == "":
		return nil, errNoAccessToken
	case token.ExpiresAt.IsZero():
		return nil, errNoExpiry
	}
	return token, nil
}

// set sets the token's field for m, if it has one.
func (t *Token) set(m cachefile.Member) (known bool, err error) {
	switch m.Name {
	case "startUrl":
		err = cachefile.SetText(&t.StartURL, m)
	case "region":
		err = cachefile.SetText(&t.Region, m)
	case "accessToken":
		err = cachefile.SetText(&t.AccessToken, m)
	case "expiresAt":
		err = cachefile.SetTime(&t.ExpiresAt, m)
	case "clientId":
		err = cachefile.SetText(&t.ClientID, m)
	case "clientSecret":
		err = cachefile.SetText(&t.ClientSecret, m)
	case "registrationExpiresAt":
		err = cachefile.SetTime(&t.RegistrationExpiresAt, m)
	case "refreshToken":
		err = cachefile.SetText(&t.RefreshToken, m)
	default:
		return false, nil
	}
	return true, err
}
