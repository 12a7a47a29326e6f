package ssotoken

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/flight"
)

// WithLogin calls fn. If fn fails with a *[LoginRequiredError] and Options.Login is set,
// WithLogin calls Options.Login, and then fn once more. Goroutines share the login of a session:
// one calls Options.Login, and the others wait for its result or until their own ctx is done. If
// the ctx of the goroutine that signs in is done first, another takes over.
//
// Token and provider.Provider.Retrieve already use WithLogin. Programs need it for other calls,
// such as [Source.Do].
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

// insideLogin is the context key that marks calls inside WithLogin.
type insideLogin struct{}
