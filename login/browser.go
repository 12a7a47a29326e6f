package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/callback"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	codeGrant    = "authorization_code"
	refreshGrant = "refresh_token"

	// registeredRedirect has no port, and so stands for every port (RFC 8252 section 7.3).
	registeredRedirect = "http://127.0.0.1" + callback.Path
)

// browserFlow signs in with the authorization code grant and PKCE (RFC 6749 section 4.1,
// RFC 7636).
type browserFlow struct {
	*signIn
	port int                        // callback port; 0 means any
	show func(AuthorizationRequest) // may be nil
}

// run signs in. If the server rejects the stored client registration, run tries again with a new
// one.
func (b *browserFlow) run(ctx context.Context) (*tokencache.Token, error) {
	stored := b.storedRegistration(ctx, []string{codeGrant})
	tok, err := b.attempt(ctx, stored)
	switch {
	case stored == nil:
	case clientRejected(err):
		b.warnf("signing in again with a new client registration: %v", err)
		tok, err = b.attempt(ctx, nil)
	case errors.Is(err, callback.ErrNoResponse):
		b.distrust(ctx, stored)
	}
	if err != nil {
		return nil, loginError(ctx, err)
	}
	return tok, nil
}

// attempt makes one authorization request. If r is nil, it registers a new client.
func (b *browserFlow) attempt(ctx context.Context, r *tokencache.Registration) (*tokencache.Token, error) {
	server, err := callback.Listen(ctx, b.port, b.name())
	if err != nil {
		return nil, fmt.Errorf("login: listen for the response: %w", err)
	}
	defer server.Close()
	if r == nil {
		if r, err = b.registerBrowser(ctx); err != nil {
			return nil, err
		}
	}
	verifier := newVerifier()
	address, err := b.oidc.AuthorizeURL(ssooidc.AuthorizeInput{
		ClientId:      r.ClientID,
		RedirectUri:   server.RedirectURI(),
		State:         server.State(),
		CodeChallenge: codeChallenge(verifier),
		Scopes:        r.Scopes,
	})
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}

	if b.show != nil {
		b.show(AuthorizationRequest{
			URL:         address,
			RedirectURI: server.RedirectURI(),
			ExpiresAt:   b.deadline,
			Paste:       server.Paste,
		})
	}
	b.open(address)
	waiting, cancel := context.WithTimeout(ctx, b.deadline.Sub(b.opts.Now()))
	defer cancel()
	var tok *tokencache.Token
	err = server.Wait(waiting, func(code string) error {
		tok, err = b.redeem(ctx, r, &ssooidc.CreateTokenInput{
			Code:         aws.String(code),
			CodeVerifier: aws.String(string(verifier)),
			RedirectUri:  aws.String(server.RedirectURI()),
		})
		return err
	})
	return tok, err
}

// redeem exchanges the code for a token and stores it.
func (b *browserFlow) redeem(ctx context.Context, r *tokencache.Registration, in *ssooidc.CreateTokenInput) (*tokencache.Token, error) {
	in.GrantType = aws.String(codeGrant)
	in.ClientId = aws.String(r.ClientID)
	in.ClientSecret = aws.String(string(r.ClientSecret))
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	b.debugf("calling CreateToken with an authorization code")
	sent := b.opts.Now()
	out, err := b.oidc.CreateToken(call, in)
	if err != nil {
		return nil, fmt.Errorf("login: create token: %w", err)
	}
	tok, err := b.newToken(r, out, sent)
	if err != nil {
		return nil, err
	}
	return tok, b.store(ctx, tok)
}

// registerBrowser registers a client like the AWS CLI's, so that both can share it.
func (b *browserFlow) registerBrowser(ctx context.Context) (*tokencache.Registration, error) {
	return b.registerClient(ctx, &ssooidc.RegisterClientInput{
		GrantTypes:   []string{codeGrant, refreshGrant},
		RedirectUris: []string{registeredRedirect},
		IssuerUrl:    aws.String(b.startURL),
	})
}

// distrust marks a registration as expired, so that the next sign-in registers a new client. If
// the server does not know the client, it shows an error page instead of redirecting (RFC 6749
// section 4.1.2.1), which looks like a user who does not respond.
func (b *browserFlow) distrust(ctx context.Context, r *tokencache.Registration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	cache, ok := b.opts.TokenCache.(tokencache.RegistrationCache)
	if !ok {
		return
	}
	current, err := cache.LoadRegistration(ctx, b.registrationKey())
	if err != nil || current.ClientID != r.ClientID {
		return
	}
	current.ExpiresAt = b.opts.Now()
	if err := cache.StoreRegistration(ctx, b.registrationKey(), current); err != nil {
		b.warnf("the next sign-in may use an unknown client registration: %v", err)
	}
}

// clientRejected reports whether the server rejected the client registration.
func clientRejected(err error) bool {
	if refused, ok := errors.AsType[*callback.Error](err); ok {
		return refused.Code == "unauthorized_client" || refused.Code == "invalid_client"
	}
	return registrationRefused(err)
}

// loginError converts an error of attempt to an error of Login.
func loginError(ctx context.Context, err error) error {
	refused, isRefusal := errors.AsType[*callback.Error](err)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, callback.ErrNoResponse):
		return ErrExpired
	case isRefusal && refused.Code == "access_denied" && refused.Description == "":
		return ErrDenied
	case isRefusal && refused.Code == "access_denied":
		return fmt.Errorf("%w: %s", ErrDenied, refused.Description)
	case isRefusal:
		return fmt.Errorf("login: authorize: %w", err)
	}
	return err
}

// name returns the name of the session for the pages.
func (b *browserFlow) name() string {
	if b.session.Name != "" {
		return b.session.Name
	}
	return b.session.StartURL
}
