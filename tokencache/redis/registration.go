package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// registration is the content of a registration's record. Its ClientSecret is not redacted.
type registration struct {
	ClientID     string    `json:"clientId"`
	ClientSecret string    `json:"clientSecret"`
	ExpiresAt    time.Time `json:"expiresAt"`
	Scopes       []string  `json:"scopes"`
	GrantTypes   []string  `json:"grantTypes"`
}

// LoadRegistration implements [tokencache.RegistrationCache].
func (t TokenCache) LoadRegistration(ctx context.Context, key tokencache.RegistrationKey) (*tokencache.Registration, error) {
	name := t.registrationName(key)
	r, err := t.client.read(ctx, name)
	var stored registration
	if err == nil && json.Unmarshal(r.content, &stored) != nil {
		err = &damagedError{"it is not a registration"}
	}
	if err != nil {
		return nil, tokenError("load registration", name, err)
	}
	return &tokencache.Registration{
		ClientID: stored.ClientID, ClientSecret: tokencache.Secret(stored.ClientSecret),
		ExpiresAt: stored.ExpiresAt, Scopes: stored.Scopes, GrantTypes: stored.GrantTypes,
	}, nil
}

// StoreRegistration implements [tokencache.RegistrationCache].
func (t TokenCache) StoreRegistration(ctx context.Context, key tokencache.RegistrationKey, r *tokencache.Registration) error {
	if r.ClientID == "" || r.ClientSecret == "" {
		return errors.New("redis: store registration: no client ID or no client secret")
	}
	name := t.registrationName(key)
	content, err := json.Marshal(registration{r.ClientID, string(r.ClientSecret), r.ExpiresAt, r.Scopes, r.GrantTypes}) //nolint:gosec // G117: it is encrypted
	if err == nil {
		err = t.client.write(ctx, name, registrationSession(key), content, t.client.lifetime(r.ExpiresAt, time.Hour))
	}
	if err != nil {
		return tokenError("store registration", name, err)
	}
	return nil
}

func (t TokenCache) registrationName(key tokencache.RegistrationKey) string {
	parts := []string{key.StartURL, key.Region, key.SessionName, fmt.Sprint(key.Scopes == nil)}
	return t.name(registrationSession(key), kindRegistration, append(parts, key.Scopes...)...)
}

// registrationSession returns the key of the session that a registration is for.
func registrationSession(key tokencache.RegistrationKey) string {
	if key.SessionName != "" {
		return key.SessionName
	}
	return key.StartURL
}
