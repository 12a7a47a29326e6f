package ssotoken

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/flight"
)

// WithLogin calls fn. If fn fails with a *[LoginRequiredError] and Options.Login is set, it
// signs in with that and calls fn once more. Goroutines of one sign-in share a login: one
// calls Options.Login, and the others wait for the result, each for as long as its own ctx.
// If the context of the one that signs in ends, another takes its place.
//
// Token, and the Retrieve of a Provider, do this by themselves. A program needs it for its
// own calls, such as one with [Source.Do].
func (s *Source) WithLogin(ctx context.Context, fn func(context.Context) error) error {
	if s.opts.Login == nil || flight.Nested(ctx) || ctx.Value(insideLogin{}) != nil {
		return fn(ctx)
	}
	ctx = context.WithValue(ctx, insideLogin{}, true)
	since := s.session.logins.finished()
	err := fn(ctx)
	var required *LoginRequiredError
	if !errors.As(err, &required) {
		return err
	}
	err = s.session.logins.share(ctx, since, func(ctx context.Context) error {
		s.debugf("signing in: %v", required)
		return s.opts.Login(ctx, s.signIn)
	})
	if err != nil {
		return fmt.Errorf("ssotoken: sign in: %w", err)
	}
	return fn(ctx)
}

// insideLogin is the context key of a call inside WithLogin.
type insideLogin struct{}
