package login

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/callback"
	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Flow is a way to sign in.
type Flow int

const (
	// FlowAuto means FlowBrowser if UI.ShowURL is set and the profile has an sso-session, or
	// else FlowDeviceCode. If the service or the machine does not support FlowBrowser, Login
	// logs a warning and falls back to FlowDeviceCode.
	FlowAuto Flow = iota

	// FlowBrowser is the authorization code grant with PKCE. It requires an sso-session, and
	// a browser that can reach the callback port on this machine, unless the user pastes the
	// redirect URL: see AuthorizationRequest.
	FlowBrowser

	// FlowDeviceCode is the device authorization grant. The browser may be on any machine.
	FlowDeviceCode
)

// checkFlow rejects the browser flow for a profile without an sso-session, as the AWS CLI does.
func checkFlow(p profile.SignIn, flow Flow) error {
	if flow == FlowBrowser && p.Session.Name == "" {
		return p.NewError("sso_start_url", "the browser flow needs an sso-session", "move sso_start_url and sso_region to an [sso-session] section")
	}
	return nil
}

// run signs in with the flow in the options.
func (s *signIn) run(ctx context.Context) (*tokencache.Token, error) {
	s.deadline = s.opts.Now().Add(approvalTimeout)
	flow := s.opts.Flow
	if flow == FlowDeviceCode || flow == FlowAuto && (s.ui.ShowURL == nil || s.session.Name == "") {
		return s.device(ctx)
	}
	tok, err := (&browserFlow{signIn: s, port: s.opts.CallbackPort, show: s.ui.ShowURL}).run(ctx)
	if flow == FlowAuto && s.notOffered(err) {
		s.warnf("falling back to a device code: %v", err)
		return s.device(ctx)
	}
	return tok, err
}

// notOffered reports whether err means that the service or the machine does not support the
// browser flow.
func (s *signIn) notOffered(err error) bool {
	if refused, ok := errors.AsType[*callback.Error](err); ok {
		return refused.Code == "unauthorized_client" || refused.Code == "unsupported_response_type"
	}
	if network, ok := errors.AsType[*net.OpError](err); ok && network.Op == "listen" {
		return s.opts.CallbackPort == 0 // do not silently ignore a port that the user chose
	}
	call, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return false
	}
	var (
		grant    *ssooidc.UnsupportedGrantTypeException
		client   *ssooidc.UnauthorizedClientException
		request  *ssooidc.InvalidRequestException
		metadata *ssooidc.InvalidClientMetadataException
		redirect *ssooidc.InvalidRedirectUriException
		denied   *ssooidc.AccessDeniedException
	)
	registering := call.Operation() == "RegisterClient"
	return errors.As(err, &grant) || errors.As(err, &client) || registering &&
		(errors.As(err, &request) || errors.As(err, &metadata) || errors.As(err, &redirect) || errors.As(err, &denied))
}

// RegionError means that the Identity Center instance of the start URL is not in sso_region. Tools
// that read sso_region could not use its token. It wraps a *profile.Error.
type RegionError struct {
	// Region is the correct value of sso_region.
	Region string

	err error
}

// Error returns a message that names both regions.
func (e *RegionError) Error() string { return e.err.Error() }

// Unwrap returns the *profile.Error.
func (e *RegionError) Unwrap() error { return e.err }

// resolve replaces the configured start URL with that of the AWS access portal.
func (s *signIn) resolve(ctx context.Context, p profile.SignIn) error {
	if p.Endpoints.SSOOIDC != "" {
		return nil // a custom endpoint has its own start URLs
	}
	portal, err := starturl.Resolve(ctx, s.oidc.Options().HTTPClient, s.session.StartURL, s.session.Region)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("login: %w", err)
	case portal.Region != s.session.Region:
		text := fmt.Sprintf("sso_region is %s, but the Identity Center of %s is in %s", s.session.Region, s.session.StartURL, portal.Region)
		return &RegionError{portal.Region, p.NewError("sso_region", text, "set it to "+portal.Region)}
	}
	s.startURL = portal.StartURL
	return nil
}
