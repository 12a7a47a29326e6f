package tokencache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// RegistrationKey identifies a client registration. It has the fields that the AWS CLI uses.
type RegistrationKey struct {
	StartURL    string   // as configured
	Region      string   // of the Identity Center instance
	Scopes      []string // as configured, in order; nil if not configured, which differs from empty
	SessionName string   // empty if the session has no name
}

// Registration is a client registration (RFC 7591), which every sign-in needs. The AWS CLI
// stores it in the token cache and reuses it until it expires.
type Registration struct {
	ClientID     string
	ClientSecret Secret
	ExpiresAt    time.Time // when ClientSecret expires
	Scopes       []string  // the registered scopes; nil if none were requested
	GrantTypes   []string  // the registered grant types; nil means the device code grant
}

// Format prints the registration with its secret redacted, for every verb.
func (r Registration) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{ClientID:%q ClientSecret:%v ExpiresAt:%v Scopes:%q GrantTypes:%q}",
		r.ClientID, r.ClientSecret, r.ExpiresAt, r.Scopes, r.GrantTypes)
}

// LoadRegistration implements [RegistrationCache].
func (d Dir) LoadRegistration(ctx context.Context, key RegistrationKey) (*Registration, error) {
	return files{d, nil}.loadRegistration(ctx, key)
}

func (f files) loadRegistration(ctx context.Context, key RegistrationKey) (*Registration, error) {
	path, err := f.dir.registrationPath(key)
	if err != nil {
		return nil, err
	}
	var registration *Registration
	err = f.read(ctx, path, func(data []byte) (err error) {
		registration, err = parseRegistration(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	return registration, nil
}

// StoreRegistration implements [RegistrationCache]. The file is byte for byte what the AWS CLI
// would write.
func (d Dir) StoreRegistration(ctx context.Context, key RegistrationKey, registration *Registration) error {
	return files{d, nil}.storeRegistration(ctx, key, registration)
}

func (f files) storeRegistration(ctx context.Context, key RegistrationKey, registration *Registration) error {
	path, err := f.dir.registrationPath(key)
	if err != nil {
		return err
	}
	data, err := registration.encode()
	if err != nil {
		return fmt.Errorf("tokencache: encode registration: %w", err)
	}
	return f.write(ctx, path, data)
}

// DeleteRegistration removes the registration under key, if any.
func (d Dir) DeleteRegistration(ctx context.Context, key RegistrationKey) error {
	path, err := d.registrationPath(key)
	if err != nil {
		return err
	}
	return remove(ctx, path)
}

// registrationPath returns the path of the file of key. The file name is the SHA-1 of the key
// as json.dumps(key, sort_keys=True) writes it in Python.
func (d Dir) registrationPath(key RegistrationKey) (string, error) {
	var o cachefile.Object
	o.String("region", key.Region)
	if key.Scopes == nil {
		o.Null("scopes")
	} else {
		o.Strings("scopes", key.Scopes)
	}
	if key.SessionName == "" {
		o.Null("session_name")
	} else {
		o.String("session_name", key.SessionName)
	}
	o.String("startUrl", key.StartURL)
	o.String("tool", "botocore")
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
		err = cachefile.SetString(&r.ClientID, m)
	case "clientSecret":
		err = cachefile.SetString(&r.ClientSecret, m)
	case "expiresAt":
		err = cachefile.SetTime(&r.ExpiresAt, m)
	case "scopes":
		err = cachefile.SetStrings(&r.Scopes, m)
	case "grantTypes":
		err = cachefile.SetStrings(&r.GrantTypes, m)
	}
	return err
}

func (r *Registration) encode() ([]byte, error) {
	if r.ClientID == "" || r.ClientSecret == "" {
		return nil, errors.New("no client ID or no client secret")
	}
	var o cachefile.Object
	o.String("clientId", r.ClientID)
	o.Secret("clientSecret", r.ClientSecret)
	o.Time("expiresAt", r.ExpiresAt)
	if r.Scopes != nil {
		o.Strings("scopes", r.Scopes)
	}
	if r.GrantTypes != nil {
		o.Strings("grantTypes", r.GrantTypes)
	}
	return o.Bytes()
}
