package command

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/ssotoken"
)

// storeWait limits how long a signal is delayed: a request takes up to 20 seconds, and the response
// has to be stored.
const storeWait = 25 * time.Second

// holdSignals calls fn, which may refresh the token. While a refresh token has been sent and the
// new token is not stored, it delays signals that would end the process, and the sign-in with it.
// It installs no handler before that, because a handler would take a fifth of the time of a call
// that needs no request.
func holdSignals[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var caught atomic.Pointer[catcher]
	value, err := fn(ssotoken.WithSendHook(ctx, func() {
		c := catch(cancel, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
		if !caught.CompareAndSwap(nil, c) {
			c.stop() // not the first refresh
		}
	}))
	waitForRefresh(ctx)
	if c := caught.Load(); c != nil {
		if s := c.stop(); s != nil {
			endBy(s)
			return value, &interrupt.Error{Signal: s}
		}
	}
	return value, err
}

// untilSignal calls fn with a context that the signals cancel, and returns the signal it received,
// or nil. If a refresh token was sent, it returns once the new token is stored.
func untilSignal[T any](ctx context.Context, fn func(context.Context) (T, error), signals ...os.Signal) (T, os.Signal, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := catch(cancel, signals...)
	value, err := fn(ctx)
	waitForRefresh(ctx)
	return value, c.stop(), err
}

// waitForRefresh waits until the token of a refresh is stored, for storeWait at most.
func waitForRefresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer cancel()
	_ = ssotoken.Wait(ctx)
}

// catcher receives signals in place of the process.
type catcher struct {
	received chan os.Signal
	done     chan struct{}
	first    chan os.Signal // closed once no goroutine waits for a signal
}

// catch calls cancel when it receives one of the signals.
func catch(cancel context.CancelFunc, signals ...os.Signal) *catcher {
	c := &catcher{received: make(chan os.Signal, 1), done: make(chan struct{}), first: make(chan os.Signal, 1)}
	interrupt.Relay(c.received, signals...)
	go func() {
		defer close(c.first)
		select {
		case s := <-c.received:
			c.first <- s
			cancel()
		case <-c.done:
		}
	}()
	return c
}

// stop restores the default handling of signals. It returns the signal received, or nil.
func (c *catcher) stop() os.Signal {
	signal.Stop(c.received)
	close(c.done)
	if s := <-c.first; s != nil {
		return s
	}
	select {
	case s := <-c.received:
		return s
	default:
		return nil
	}
}
