package ssotoken

import (
	"context"
	"sync"
)

// logins shares the logins of a session among goroutines.
type logins struct {
	sem chan struct{} // held by the goroutine that signs in

	mu    sync.Mutex
	count uint64 // the number of finished logins
	err   error  // the error of the last login
}

func newLogins() *logins { return &logins{sem: make(chan struct{}, 1)} }

// finished returns the number of finished logins.
func (l *logins) finished() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// share calls login, or returns the error of the last login if more than since logins have
// finished.
func (l *logins) share(ctx context.Context, since uint64, login func(context.Context) error) error {
	select {
	case l.sem <- struct{}{}:
		defer func() { <-l.sem }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if count, err := l.last(); count > since {
		return err
	}
	err := login(ctx)
	if err == nil || ctx.Err() == nil { // a canceled login does not count
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
