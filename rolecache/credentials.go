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
	Expires         time.Time // when they end; kept to the second
	AccountID       string    // the account; empty in files of older AWS CLIs
}

// Format writes what is no secret, whatever the verb is.
func (c Credentials) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{AccessKeyID:%q SecretAccessKey:%v SessionToken:%v Expires:%v AccountID:%q}",
		c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires, c.AccountID)
}

// providerType marks the files that come from IAM Identity Center. Those of assumed
// roles lie in the same directory.
const providerType = "sso"

// Encode returns the content of a file, byte for byte what the AWS CLI writes. The expiry is
// floored to the second.
//
// Credentials without access key, secret key, session token or expiry are an error, and so
// is a string that is not valid UTF-8 and a secret that reads [redacted]. Errors hold no secret.
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

// Parse reads the content of a file, which the AWS CLI or Encode wrote. Access key, secret
// key, session token and expiry must be there; whose role the credentials are of is not
// in it.
//
// The error is an *InvalidError with an empty Path.
func Parse(data []byte) (*Credentials, error) {
	c, err := parse(data)
	if err != nil {
		return nil, &InvalidError{Reason: err.Error()}
	}
	return c, nil
}

// parse reads the content of a file. Only the credentials in it count: a file under the
// right name needs no mark. Errors are *cachefile.DamageError.
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

// set takes the value of m if the credentials have a field for it.
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
