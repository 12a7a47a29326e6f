package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// defaultScope is the default for sso_registration_scopes. Without a scope, Identity Center issues
// no refresh token.
const defaultScope = "sso:account:access"

// registrationWindow is how long before it expires a client registration is replaced, as in the AWS
// CLI.
const registrationWindow = 15 * time.Minute

// registrationKey returns the AWS CLI's cache key for the session's client registration.
func (s *signIn) registrationKey() tokencache.RegistrationKey {
	return tokencache.RegistrationKey{
		StartURL:    s.session.StartURL,
		Region:      s.session.Region,
		Scopes:      s.session.RegistrationScopes,
		SessionName: s.session.Name,
	}
}

// storedRegistration returns the stored client registration, or nil if it expires soon or lacks a
// grant or scope. No grants means the device flow. Both flows of the AWS CLI use the same
// file, so the registration may be for the other flow.
func (s *signIn) storedRegistration(ctx context.Context, grants []string) *tokencache.Registration {
	cache, ok := s.opts.TokenCache.(tokencache.RegistrationCache)
	if !ok {
		return nil
	}
	r, err := cache.LoadRegistration(ctx, s.registrationKey())
	if err != nil || len(grants) == 0 && len(r.GrantTypes) > 0 || !containsAll(r.GrantTypes, grants) ||
		!slices.Equal(r.Scopes, s.scopes()) || !r.ExpiresAt.After(s.opts.Now().Add(registrationWindow)) {
		return nil
	}
	return r
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// register registers a client for the device flow and stores the registration.
func (s *signIn) register(ctx context.Context) (*tokencache.Registration, error) {
	return s.registerClient(ctx, &ssooidc.RegisterClientInput{})
}

// registerClient registers a client, with the name and scopes of the session added to in, and
// stores the registration.
func (s *signIn) registerClient(ctx context.Context, in *ssooidc.RegisterClientInput) (*tokencache.Registration, error) {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	in.ClientName = aws.String("latchkey-" + s.clientName())
	in.ClientType = aws.String("public")
	in.Scopes = s.scopes()
	s.debugf("calling RegisterClient in %s", s.session.Region)
	out, err := s.oidc.RegisterClient(call, in)
	if err != nil {
		return nil, fmt.Errorf("login: register client: %w", err)
	}
	r := &tokencache.Registration{
		ClientID:     aws.ToString(out.ClientId),
		ClientSecret: tokencache.Secret(aws.ToString(out.ClientSecret)),
		Scopes:       in.Scopes,
		GrantTypes:   in.GrantTypes,
	}
	if r.ClientID == "" || r.ClientSecret == "" {
		return nil, errors.New("login: register client: the response has no clientId or no clientSecret")
	}
	if out.ClientSecretExpiresAt <= 0 {
		return r, nil // it never expires (RFC 7591 section 3.2.1), which the file cannot express
	}
	r.ExpiresAt = time.Unix(out.ClientSecretExpiresAt, 0).UTC()
	if cache, ok := s.opts.TokenCache.(tokencache.RegistrationCache); ok {
		if err := cache.StoreRegistration(ctx, s.registrationKey(), r); err != nil {
			s.warnf("the client registration was not stored: %v", err)
		}
	}
	return r, nil
}

func (s *signIn) clientName() string {
	if s.session.Name != "" {
		return s.session.Name
	}
	return strconv.FormatInt(s.opts.Now().Unix(), 10)
}

// scopes returns the scopes of the session, or else the default scope. A legacy profile has no
// scopes, since no tool refreshes its token.
func (s *signIn) scopes() []string {
	if len(s.session.RegistrationScopes) > 0 || s.session.Name == "" {
		return s.session.RegistrationScopes
	}
	return []string{defaultScope}
}
