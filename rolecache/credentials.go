package rolecache

import (
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Credentials are the temporary credentials of one role in one account.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey Secret
	SessionToken    Secret
	Expires         time.Time // stored to the second
	AccountID       string    // the account; empty in files of older AWS CLIs
}

// Format prints everything but secrets, whatever the verb.
func (c Credentials) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{AccessKeyID:%q SecretAccessKey:%v SessionToken:%v Expires:%v AccountID:%q}",
		c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires, c.AccountID)
}

// providerType marks credentials from IAM Identity Center. Those of assumed roles are in the
// same directory.
const providerType = "sso"

// Encode returns the content of a file, byte for byte as the AWS CLI writes it. The expiry is
// floored to the second. Encode is exported for implementations of [Cache].
//
// Encode fails for credentials without access key, secret key, session token or expiry, for a
// string that is not valid UTF-8, and for a secret that reads [redacted]. Its errors hold no
// secret.
func (c *Credentials) Encode() ([]byte, error) {
	data, err := c.encode()
	if err != nil {
		return nil, fmt.Errorf("rolecache: encode credentials: %w", err)
	}
	return data, nil
}

func (c *Credentials) encode() ([]byte, error) {
	if c.AccessKeyID == "" || c.SecretAccessKey == "" || c.SessionToken == "" {
		return nil, errors.New("no access key, secret key or session token")
	}
	var inner, outer cachefile.Object
	inner.Text("AccessKeyId", c.AccessKeyID)
	inner.Secret("SecretAccessKey", c.SecretAccessKey)
	inner.Secret("SessionToken", c.SessionToken)
	inner.Time("Expiration", c.Expires)
	if c.AccountID != "" {
		inner.Text("AccountId", c.AccountID)
	}
	outer.Text("ProviderType", providerType)
	outer.Object("Credentials", &inner)
	return outer.Bytes()
}

// Parse reads the content of a file that the AWS CLI or Encode wrote. Access key, secret key,
// session token and expiry are required. The content does not name the role.
//
// The error is an *InvalidError with an empty Path.
func Parse(data []byte) (*Credentials, error) {
	c, err := parse(data)
	if err != nil {
		return nil, &InvalidError{Reason: err.Error()}
	}
	return c, nil
}

// parse reads the content of a file, whatever its ProviderType: the file name is enough.
// Errors are *cachefile.DamageError.
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
		return cachefile.SetText(&c.AccessKeyID, m)
	case "SecretAccessKey":
		return cachefile.SetText(&c.SecretAccessKey, m)
	case "SessionToken":
		return cachefile.SetText(&c.SessionToken, m)
	case "Expiration":
		return cachefile.SetTime(&c.Expires, m)
	case "AccountId":
		return cachefile.SetText(&c.AccountID, m)
	}
	return nil
}

func missing(name string) error {
	return &cachefile.DamageError{Reason: fmt.Sprintf("no %q", name)}
}
