package tokencache

import (
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Encode returns the content of a token file, byte for byte as the AWS CLI writes it, followed
// by the unknown members of the file that the token came from, unchanged. Times are floored
// to the second. Empty members are left out. Encode is exported for implementations of
// [Cache]: json.Marshal and encoding.TextMarshaler must not reveal secrets.
//
// Encode fails for a token without access token or expiry, a year that does not have four
// digits, a string that is not valid UTF-8, and a secret that reads [redacted]. Its errors hold
// no secret.
func (t *Token) Encode() ([]byte, error) {
	data, err := t.encode()
	if err != nil {
		return nil, fmt.Errorf("tokencache: encode token: %w", err)
	}
	return data, nil
}

func (t *Token) encode() ([]byte, error) {
	if t.AccessToken == "" {
		return nil, errors.New("no access token")
	}
	var o cachefile.Object
	text := func(name, value string) {
		if value != "" {
			o.Text(name, value)
		}
	}
	secret := func(name string, value Secret) {
		if value != "" {
			o.Secret(name, value)
		}
	}
	// The order is the AWS CLI's.
	text("startUrl", t.StartURL)
	text("region", t.Region)
	secret("accessToken", t.AccessToken)
	o.Time("expiresAt", t.ExpiresAt)
	text("clientId", t.ClientID)
	secret("clientSecret", t.ClientSecret)
	if !t.RegistrationExpiresAt.IsZero() {
		o.Time("registrationExpiresAt", t.RegistrationExpiresAt)
	}
	secret("refreshToken", t.RefreshToken)
	if t.unknown != nil {
		for _, m := range t.unknown.members {
			o.Raw(m.RawName, m.RawValue)
		}
	}
	return o.Bytes()
}
