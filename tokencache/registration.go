package tokencache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// RegistrationKey identifies a client registration, as in the AWS CLI.
type RegistrationKey struct {
	StartURL    string   // as configured
	Region      string   // of the Identity Center instance
	Scopes      []string // as configured, in order; nil if not configured, which differs from empty
	SessionName string   // empty if the session has no name
}

// Registration is a client registration (RFC 7591), which a sign-in needs. The AWS CLI keeps
// it in the token cache and uses it for all sign-ins until it expires.
type Registration struct {
	ClientID     string
	ClientSecret Secret
	ExpiresAt    time.Time // when ClientSecret expires
	Scopes       []string  // the registered scopes; nil: none were given
	GrantTypes   []string  // the registered grant types; nil: the device code grant
}

// Format prints everything but secrets, whatever the verb.
func (r Registration) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{ClientID:%q ClientSecret:%v ExpiresAt:%v Scopes:%q GrantTypes:%q}",
		r.ClientID, r.ClientSecret, r.ExpiresAt, r.Scopes, r.GrantTypes)
}

// LoadRegistration implements [RegistrationCache].
func (d Dir) LoadRegistration(ctx context.Context, key RegistrationKey) (*Registration, error) {
	path, err := d.registrationPath(key)
	if err != nil {
		return nil, err
	}
	var registration *Registration
	err = load(ctx, path, func(data []byte) (err error) {
		registration, err = parseRegistration(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	return registration, nil
}

// StoreRegistration implements [RegistrationCache]. The file is, byte for byte, what the AWS
// CLI writes.
func (d Dir) StoreRegistration(ctx context.Context, key RegistrationKey, registration *Registration) error {
	path, err := d.registrationPath(key)
	if err != nil {
		return err
	}
	data, err := registration.encode()
	if err != nil {
		return fmt.Errorf("tokencache: encode registration: %w", err)
	}
	return store(ctx, path, data)
}

// registrationPath returns the file of key: the SHA-1 of the key as Python's
// json.dumps writes it with sorted keys.
func (d Dir) registrationPath(key RegistrationKey) (string, error) {
	var o cachefile.Object
	o.Text("region", key.Region)
	if key.Scopes == nil {
		o.Null("scopes")
	} else {
		o.Texts("scopes", key.Scopes)
	}
	if key.SessionName == "" {
		o.Null("session_name")
	} else {
		o.Text("session_name", key.SessionName)
	}
	o.Text("startUrl", key.StartURL)
	o.Text("tool", "botocore")
	data, err := o.Bytes()
	if err != nil {
		return "", fmt.Errorf("tokencache: encode registration key: %w", err)
	}
	return d.Path(string(data)), nil
}

func parseRegistration(data []byte) (*Registration, error) {
	members, err := cachefile.Members(data)
	if err != nil {
		return nil, err
	}
	r := &Registration{}
	for _, m := range members {
		if err := r.set(m); err != nil {
			return nil, err
		}
	}
	switch {
	case r.ClientID == "":
		return nil, &cachefile.DamageError{Reason: `no "clientId"`}
	case r.ClientSecret == "":
		return nil, &cachefile.DamageError{Reason: `no "clientSecret"`}
	case r.ExpiresAt.IsZero():
		return nil, errNoExpiry
	}
	return r, nil
}

// set sets the registration's field for m, if it has one.
func (r *Registration) set(m cachefile.Member) (err error) {
	switch m.Name {
	case "clientId":
		err = cachefile.SetText(&r.ClientID, m)
	case "clientSecret":
		err = cachefile.SetText(&r.ClientSecret, m)
	case "expiresAt":
		err = cachefile.SetTime(&r.ExpiresAt, m)
	case "scopes":
		err = cachefile.SetTexts(&r.Scopes, m)
	case "grantTypes":
		err = cachefile.SetTexts(&r.GrantTypes, m)
	}
	return err
}

func (r *Registration) encode() ([]byte, error) {
	if r.ClientID == "" || r.ClientSecret == "" {
		return nil, errors.New("no client id or no client secret")
	}
	var o cachefile.Object
	o.Text("clientId", r.ClientID)
	o.Secret("clientSecret", r.ClientSecret)
	o.Time("expiresAt", r.ExpiresAt)
	if r.Scopes != nil {
		o.Texts("scopes", r.Scopes)
	}
	if r.GrantTypes != nil {
		o.Texts("grantTypes", r.GrantTypes)
	}
	return o.Bytes()
}
