package login

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// defaultInterval is the default of RFC 8628 section 3.2.
	defaultInterval = 5 * time.Second

	// callTimeout limits one request, including retries.
	callTimeout = 20 * time.Second
)

// authorization is a device authorization in progress (RFC 8628 section 3.2).
type authorization struct {
	registration *tokencache.Registration
	deviceCode   string
	interval     time.Duration // between polls
	code         DeviceCode
}

// device signs in with the device authorization flow.
func (s *signIn) device(ctx context.Context) (*tokencache.Token, error) {
	auth, err := s.authorize(ctx)
	if err != nil {
		return nil, err
	}
	s.show(auth.code)
	tok, err := s.poll(ctx, auth)
	if err != nil {
		return nil, err
	}
	if err := s.store(ctx, tok); err != nil {
		return nil, err
	}
	return tok, nil
}

// authorize starts a device authorization with the stored client registration, or with a new one if
// the server rejects it.
func (s *signIn) authorize(ctx context.Context) (*authorization, error) {
	if stored := s.storedRegistration(ctx, nil); stored != nil {
		auth, err := s.start(ctx, stored)
		if !registrationRefused(err) {
			return auth, err
		}
	}
	registered, err := s.register(ctx)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, registered)
}

func registrationRefused(err error) bool {
	var (
		unknown *ssooidc.InvalidClientException
		other   *ssooidc.UnauthorizedClientException // not registered for device codes
	)
	return errors.As(err, &unknown) || errors.As(err, &other)
}

// start calls StartDeviceAuthorization.
func (s *signIn) start(ctx context.Context, r *tokencache.Registration) (*authorization, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	s.debugf("calling StartDeviceAuthorization for %s", s.startURL)
	sent := s.opts.Now()
	out, err := s.oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId:     aws.String(r.ClientID),
		ClientSecret: aws.String(string(r.ClientSecret)),
		StartUrl:     aws.String(s.startURL),
	})
	if err != nil {
		return nil, fmt.Errorf("login: start device authorization: %w", err)
	}
	auth := &authorization{
		registration: r,
		deviceCode:   aws.ToString(out.DeviceCode),
		interval:     defaultInterval,
		code: DeviceCode{
			VerificationURI:         aws.ToString(out.VerificationUri),
			VerificationURIComplete: aws.ToString(out.VerificationUriComplete),
			UserCode:                aws.ToString(out.UserCode),
			ExpiresAt:               s.deadline,
		},
	}
	if auth.deviceCode == "" || auth.code.UserCode == "" || auth.code.page() == "" {
		return nil, errors.New("login: start device authorization: the response has no deviceCode, no userCode or no verificationUri")
	}
	if err := s.check(&auth.code); err != nil {
		return nil, fmt.Errorf("login: start device authorization: %w", err)
	}
	if expires := sent.Add(time.Duration(out.ExpiresIn) * time.Second); out.ExpiresIn > 0 && expires.Before(s.deadline) {
		auth.code.ExpiresAt = expires
	}
	if out.Interval > 0 {
		auth.interval = time.Duration(out.Interval) * time.Second
	}
	return auth, nil
}

const (
	maxUserCode = 64   // bytes; Identity Center uses 9
	maxURL      = 2048 // bytes
)

// check fails if the code is not safe to show. It clears an invalid URL if the other one is valid.
func (s *signIn) check(code *DeviceCode) error {
	if len(code.UserCode) > maxUserCode || !isPrintable(code.UserCode) {
		return fmt.Errorf("the userCode in the response is not printable ASCII of at most %d bytes", maxUserCode)
	}
	for _, address := range []*string{&code.VerificationURI, &code.VerificationURIComplete} {
		if *address != "" && !isWebPage(*address) {
			s.debugf("ignoring an invalid verification URL in the response")
			*address = ""
		}
	}
	if code.page() == "" {
		return errors.New("the verificationUri in the response is not an http or https URL")
	}
	return nil
}

// isPrintable reports whether text is printable ASCII, without control characters or look-alikes.
func isPrintable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// isWebPage reports whether address is an http or https URL that is safe to show. A user name in it
// could be mistaken for the host.
func isWebPage(address string) bool {
	if len(address) > maxURL || !isPrintable(address) || strings.Contains(address, " ") {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

func (s *signIn) show(code DeviceCode) {
	if s.ui.ShowCode != nil {
		s.ui.ShowCode(code)
	}
	s.open(code.page())
}

// open opens a page in the user's browser.
func (s *signIn) open(address string) {
	open := s.ui.OpenBrowser
	if open == nil {
		return
	}
	// The URL comes from the network: it must not open a file or start a program.
	switch {
	case !isWebPage(address):
		s.notOpened(errors.New("not an http or https URL"))
	case ssoclient.PlainHTTPHost(address) != "":
		s.notOpened(errors.New("the URL is plain HTTP"))
	default:
		go func() { s.notOpened(open(address)) }() // some openers return only when the browser closes
	}
}

func (s *signIn) notOpened(err error) {
	if err != nil {
		s.warnf("the browser was not opened: %v", err)
	}
}
