package ssotoken

import (
	"context"
	"sync"
)

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
	if err == nil || ctx.Err() == nil { // a login that its caller gave up does not count
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
