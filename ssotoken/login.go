package ssotoken

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/latchkey-sso/latchkey/internal/flight"
)

// WithLogin calls fn. If fn fails with a *[LoginRequiredError] and Options.Login is set, it
// signs in with that and calls fn once more. Goroutines of one sign-in share a login: one
// calls Options.Login, and the others wait for the result, each for as long as its own ctx.
// If the context of the one that signs in ends, another takes its place.
//
// Token, and the Retrieve of a Provider, do this by themselves. A program needs it for calls
// of its own, such as one with [Source.Do].
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

// logins makes goroutines share the logins of a session.
type logins struct {
	turn chan struct{} // has an element while a goroutine signs in

	mu    sync.Mutex
	count uint64 // of logins that finished
	err   error  // of the last one
}

func newLogins() *logins { return &logins{turn: make(chan struct{}, 1)} }

// finished returns how many logins have finished.
func (l *logins) finished() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// share calls login, unless another login has finished after the first since ones: then it
// returns the error of that one.
func (l *logins) share(ctx context.Context, since uint64, login func(context.Context) error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if count, err := l.last(); count > since {
		return err
	}
	err := login(ctx)
	if err == nil || ctx.Err() == nil { // what one caller gave up, the next one may do
		l.finish(err)
	}
	return err
}

func (l *logins) last() (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count, l.err
}

func (l *logins) finish(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.err = err
}
