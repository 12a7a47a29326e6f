package rolecache

import (
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Credentials are temporary credentials for a role in an account.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret
	Expires         time.Time // stored with a precision of one second
	AccountID       string    // empty if an older AWS CLI stored the credentials
}

// Format prints the credentials with their secrets redacted, for every verb.
func (c Credentials) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{AccessKeyID:%q SecretAccessKey:%v SessionToken:%v Expires:%v AccountID:%q}",
		c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires, c.AccountID)
}

// providerType marks credentials from IAM Identity Center. The AWS CLI also caches credentials
// from other sources in the directory.
const providerType = "sso"

// Encode returns the credentials as the AWS CLI would write them to a file, byte for byte. The
// expiry is rounded down to the second. Encode is for implementations of [Cache].
//
// Encode fails if the access key ID, the secret access key, the session token or the expiry is
// missing, a string is not valid UTF-8, or a secret was redacted. Errors contain no secrets.
func (c *Credentials) Encode() ([]byte, error) {
	data, err := c.encode()
	if err != nil {
		return nil, fmt.Errorf("rolecache: encode credentials: %w", err)
	}
	return data, nil
}

func (c *Credentials) encode() ([]byte, error) {
	if c.AccessKeyID == "" || c.SecretAccessKey == "" || c.SessionToken == "" {
		return nil, errors.New("no access key ID, secret access key or session token")
	}
	var inner, outer cachefile.Object
	inner.String("AccessKeyId", c.AccessKeyID)
	inner.Secret("SecretAccessKey", c.SecretAccessKey)
	inner.Secret("SessionToken", c.SessionToken)
	inner.Time("Expiration", c.Expires)
	if c.AccountID != "" {
		inner.String("AccountId", c.AccountID)
	}
	outer.String("ProviderType", providerType)
	outer.Object("Credentials", &inner)
	return outer.Bytes()
}

// Parse parses a file written by the AWS CLI or [Credentials.Encode]. The access key ID, the
// secret access key, the session token and the expiry are required. The file does not contain
// the role name.
//
// The error is an *InvalidError with an empty Path.
func Parse(data []byte) (*Credentials, error) {
	c, err := parse(data)
	if err != nil {
		return nil, &InvalidError{Reason: err.Error()}
	}
	return c, nil
}

// parse is Parse, but its errors are *cachefile.DamageError. It ignores ProviderType: the file
// name already identifies the role.
func parse(data []byte) (*Credentials, error) {
	outer, err := cachefile.Members(data)
	if err != nil {
		return nil, err
	}
	c := &Credentials{}
	for _, m := range outer {
		if m.Name == "Credentials" {
			if c, err = parseCredentials(m.RawValue); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case c.AccessKeyID == "":
		return nil, missing("AccessKeyId")
	case c.SecretAccessKey == "":
		return nil, missing("SecretAccessKey")
	case c.SessionToken == "":
		return nil, missing("SessionToken")
	case c.Expires.IsZero():
		return nil, &cachefile.DamageError{Reason: `"Expiration" is missing or not a time`}
	}
	return c, nil
}

func parseCredentials(object []byte) (*Credentials, error) {
	members, err := cachefile.Members(object)
	if err != nil {
		return nil, &cachefile.DamageError{Reason: `"Credentials" is not a JSON object`}
	}
	c := &Credentials{}
	for _, m := range members {
		if err := c.set(m); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// set sets the credentials' field for m, if they have one.
func (c *Credentials) set(m cachefile.Member) error {
	switch m.Name {
	case "AccessKeyId":
		return cachefile.SetString(&c.AccessKeyID, m)
	case "SecretAccessKey":
		return cachefile.SetString(&c.SecretAccessKey, m)
	case "SessionToken":
		return cachefile.SetString(&c.SessionToken, m)
	case "Expiration":
		return cachefile.SetTime(&c.Expires, m)
	case "AccountId":
		return cachefile.SetString(&c.AccountID, m)
	}
	return nil
}

func missing(name string) error {
	return &cachefile.DamageError{Reason: fmt.Sprintf("no %q", name)}
}
