package tokencache

import (
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Encode returns the token as the AWS CLI would write it to a file, byte for byte, followed by
// the unknown members that Parse found. Times are rounded down to the second. Empty fields
// are omitted. Encode is for implementations of [Cache]: json.Marshal redacts the secrets.
//
// Encode fails if the token has no access token or no expiry, a year outside 2 to 9999, a
// string that is not valid UTF-8, or a secret that was redacted. Errors contain no secrets.
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
			o.String(name, value)
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
