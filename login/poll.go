package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

	// slowDownStep is added to the interval after each slow_down error or missing response
	// (RFC 8628 section 3.5).
	slowDownStep = 5 * time.Second
)

// poll polls for the token until the user approves or denies (RFC 8628 section 3.5).
func (s *signIn) poll(ctx context.Context, auth *authorization) (*tokencache.Token, error) {
	interval := auth.interval
	for {
		sent := s.opts.Now()
		out, err := s.createToken(ctx, auth)
		if err == nil {
			return s.newToken(auth.registration, out, sent)
		}
		if interval, err = s.next(ctx, interval, err); err != nil {
			return nil, err
		}
		if !s.opts.Now().Add(interval).Before(auth.code.ExpiresAt) {
			return nil, ErrExpired
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(interval):
		}
	}
}

func (s *signIn) createToken(ctx context.Context, auth *authorization) (*ssooidc.CreateTokenOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return s.oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId:     aws.String(auth.registration.ClientID),
		ClientSecret: aws.String(string(auth.registration.ClientSecret)),
		GrantType:    aws.String(deviceGrant),
		DeviceCode:   aws.String(auth.deviceCode),
	})
}

// next returns the next polling interval, or the error that ends the sign-in.
func (s *signIn) next(ctx context.Context, interval time.Duration, err error) (time.Duration, error) {
	var (
		pending *ssooidc.AuthorizationPendingException
		slow    *ssooidc.SlowDownException
		denied  *ssooidc.AccessDeniedException
		expired *ssooidc.ExpiredTokenException
	)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &pending):
		s.debugf("not approved yet, polling again in %s", interval)
		return interval, nil
	case errors.As(err, &slow):
		s.debugf("asked to slow down, polling again in %s", interval+slowDownStep)
		return interval + slowDownStep, nil
	case errors.As(err, &denied) && denied.Reason == "": // a reason means a KMS error
		return 0, ErrDenied
	case errors.As(err, &expired):
		return 0, ErrExpired
	case !isTransient(err):
		return 0, fmt.Errorf("login: create token: %w", err)
	}
	// The user may still be approving.
	interval += slowDownStep
	s.warnf("polling again in %s: %v", interval, err)
	return interval, nil
}

// isTransient reports whether err is a network or server error that a retry may fix.
func isTransient(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorFault() == smithy.FaultServer {
		return true
	}
	return awserr.Status(err) == http.StatusTooManyRequests
}

// newToken returns the token in a CreateToken response. sent is the time of the request.
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
