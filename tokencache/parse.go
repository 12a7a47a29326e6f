package tokencache

import "github.com/latchkey-sso/latchkey/internal/cachefile"

// unknownMembers are the members of a token file that have no field in Token.
type unknownMembers struct{ members []cachefile.Member }

// Parse parses a token file written by any AWS tool.
//
// The access token and its expiry are required. Other members may be missing, null or empty,
// which are equivalent. Known members must be strings. Names are case-sensitive; the last
// duplicate wins. A time may have any offset and fraction, the suffix UTC of older AWS CLI
// versions, or no offset, which means UTC.
//
// An invalid registrationExpiresAt counts as missing: the access token is still valid, and a
// rejected refresh costs less than an unnecessary sign-in.
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

// parse is Parse, but its errors are *cachefile.DamageError.
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

// setAll sets what can be read of members, and keeps those that have no field.
func (t *Token) setAll(members []cachefile.Member) {
	var unknown []cachefile.Member
	for _, m := range members {
		if known, _ := t.set(m); !known {
			unknown = append(unknown, m)
		}
	}
	if unknown != nil {
		t.unknown = &unknownMembers{unknown}
	}
}

// set sets the token's field for m, if it has one.
func (t *Token) set(m cachefile.Member) (known bool, err error) {
	switch m.Name {
	case "startUrl":
		err = cachefile.SetString(&t.StartURL, m)
	case "region":
		err = cachefile.SetString(&t.Region, m)
	case "accessToken":
		err = cachefile.SetString(&t.AccessToken, m)
	case "expiresAt":
		err = cachefile.SetTime(&t.ExpiresAt, m)
	case "clientId":
		err = cachefile.SetString(&t.ClientID, m)
	case "clientSecret":
		err = cachefile.SetString(&t.ClientSecret, m)
	case "registrationExpiresAt":
		err = cachefile.SetTime(&t.RegistrationExpiresAt, m)
	case "refreshToken":
		err = cachefile.SetString(&t.RefreshToken, m)
	default:
		return false, nil
	}
	return true, err
}
