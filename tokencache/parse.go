package tokencache

import "github.com/latchkey-sso/latchkey/internal/cachefile"

// unknownMembers are the members of a token file that Token has no field for.
type unknownMembers struct{ members []cachefile.Member }

// Parse reads the content of a token file, whichever AWS tool wrote it.
//
// The access token and the time it ends must be there. The other members may be
// missing, null or empty, which is all the same. A known member that is not a string is
// an error, and a name that is spelled in other letters than the AWS CLI's is not known.
// The last of several members of one name counts. Times may have any offset and
// fraction, end in UTC as older AWS CLIs wrote it, or have no offset and mean UTC.
//
// A registrationExpiresAt that is no time counts as missing, since the access token is
// none the worse for it, and a refresh that the server refuses costs less than a
// sign-in that was not needed.
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

// set takes the value of m if the token has a field for it.
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
