package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

	// defaultInterval and slowDownStep are those of RFC 8628 sections 3.2 and 3.5.
	defaultInterval = 5 * time.Second
	slowDownStep    = 5 * time.Second

	// defaultCodeLifetime is for a server that does not say how long its code
	// lives.
	defaultCodeLifetime = 10 * time.Minute
)

// device signs in with the device authorization flow.
func (s *signIn) device(ctx context.Context) (*tokencache.Token, error) {
	r, auth, err := s.authorize(ctx)
	if err != nil {
		return nil, err
	}
	code := DeviceCode{
		VerificationURI:         aws.ToString(auth.VerificationUri),
		VerificationURIComplete: aws.ToString(auth.VerificationUriComplete),
		UserCode:                aws.ToString(auth.UserCode),
		ExpiresAt:               s.opts.Now().Add(defaultCodeLifetime),
	}
	if auth.ExpiresIn > 0 {
		code.ExpiresAt = s.opts.Now().Add(time.Duration(auth.ExpiresIn) * time.Second)
	}
	s.show(code)
	interval := defaultInterval
	if auth.Interval > 0 {
		interval = time.Duration(auth.Interval) * time.Second
	}
	tok, err := s.poll(ctx, r, aws.ToString(auth.DeviceCode), interval, code.ExpiresAt)
	if err != nil {
		return nil, err
	}
	if err := s.store(ctx, tok); err != nil {
		return nil, err
	}
	return tok, nil
}

// authorize starts a device authorization, with the stored client registration
// if it has one that the server still knows.
func (s *signIn) authorize(ctx context.Context) (*tokencache.Registration, *ssooidc.StartDeviceAuthorizationOutput, error) {
	r := s.storedRegistration(ctx)
	stored := r != nil
	for {
		var err error
		if r == nil {
			if r, err = s.register(ctx); err != nil {
				return nil, nil, err
			}
		}
		auth, err := s.oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
			ClientId:     aws.String(r.ClientID),
			ClientSecret: aws.String(string(r.ClientSecret)),
			StartUrl:     aws.String(s.session.StartURL),
		})
		var unknown *ssooidc.InvalidClientException
		if stored && errors.As(err, &unknown) {
			r, stored = nil, false
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("login: start device authorization: %w", err)
		}
		return r, auth, nil
	}
}

func (s *signIn) show(code DeviceCode) {
	if s.ui.ShowCode != nil {
		s.ui.ShowCode(code)
	}
	if s.ui.OpenBrowser == nil {
		return
	}
	url := code.VerificationURIComplete
	if url == "" {
		url = code.VerificationURI
	}
	if err := s.ui.OpenBrowser(url); err != nil {
		s.warnf("the browser was not opened: %v", err)
	}
}

// poll asks for the token until the person has decided (RFC 8628 section 3.5).
func (s *signIn) poll(ctx context.Context, r *tokencache.Registration, deviceCode string, interval time.Duration, deadline time.Time) (*tokencache.Token, error) {
	for {
		sent := s.opts.Now()
		out, err := s.oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
			ClientId:     aws.String(r.ClientID),
			ClientSecret: aws.String(string(r.ClientSecret)),
			GrantType:    aws.String(deviceGrant),
			DeviceCode:   aws.String(deviceCode),
		})
		if err == nil {
			return s.newToken(r, out, sent)
		}
		if interval, err = s.next(ctx, interval, err); err != nil {
			return nil, err
		}
		if s.opts.Now().Add(interval).After(deadline) {
			return nil, ErrExpired
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(interval):
		}
	}
}

// next returns how long to wait before asking again, or the error that ends
// the sign-in.
func (s *signIn) next(ctx context.Context, interval time.Duration, err error) (time.Duration, error) {
	var (
		pending *ssooidc.AuthorizationPendingException
		slow    *ssooidc.SlowDownException
		denied  *ssooidc.AccessDeniedException
		expired *ssooidc.ExpiredTokenException
		api     smithy.APIError
	)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &pending):
		return interval, nil
	case errors.As(err, &slow):
		return interval + slowDownStep, nil
	case errors.As(err, &denied):
		return 0, ErrDenied
	case errors.As(err, &expired):
		return 0, ErrExpired
	case errors.As(err, &api) && api.ErrorFault() != smithy.FaultServer:
		return 0, fmt.Errorf("login: create token: %w", err)
	}
	// The network or the server fails for a moment, and the person may be in the
	// middle of approving.
	s.warnf("asking for the token again in %s: %v", interval, err)
	return interval, nil
}

// newToken makes the token file's content out of a CreateToken response.
func (s *signIn) newToken(r *tokencache.Registration, out *ssooidc.CreateTokenOutput, sent time.Time) (*tokencache.Token, error) {
	if aws.ToString(out.AccessToken) == "" || out.ExpiresIn <= 0 {
		return nil, errors.New("login: create token: the response has no accessToken or no expiresIn")
	}
	return &tokencache.Token{
		StartURL:              s.session.StartURL,
		Region:                s.session.Region,
		AccessToken:           tokencache.Secret(*out.AccessToken),
		ExpiresAt:             sent.Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
		ClientID:              r.ClientID,
		ClientSecret:          r.ClientSecret,
		RegistrationExpiresAt: r.ExpiresAt,
		RefreshToken:          tokencache.Secret(aws.ToString(out.RefreshToken)),
	}, nil
}
