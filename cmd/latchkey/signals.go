package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/latchkey-sso/latchkey/ssotoken"
)

// storeWait bounds how long a signal is held back: a request has 20 seconds, and its
// response must be stored.
const storeWait = 25 * time.Second

// holdSignals calls fn, which may refresh the sign-in. From when a refresh token is sent until
// the new token is stored, it holds signals back that would end the process and the sign-in
// with it. Until then it leaves signals alone: to handle them takes a fifth of the time of a
// call that needs no request.
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
			return value, errInterrupted
		}
	}
	return value, err
}

// untilSignal calls fn with a context that one of the signals cancels, and returns the
// signal, nil if none came. A refresh that was sent is stored before it returns.
func untilSignal[T any](ctx context.Context, fn func(context.Context) (T, error), signals ...os.Signal) (T, os.Signal, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := catch(cancel, signals...)
	value, err := fn(ctx)
	waitForRefresh(ctx)
	return value, c.stop(), err
}

// waitForRefresh waits until a refresh that was sent is stored. After storeWait there is
// nothing left to wait for.
func waitForRefresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer cancel()
	_ = ssotoken.Wait(ctx)
}

// catcher receives signals in place of the process.
type catcher struct {
	received chan os.Signal
	done     chan struct{}
	first    chan os.Signal // closed when nobody waits for a signal any more
}

// catch calls cancel when one of the signals comes. A signal that is ignored, as under nohup,
// stays so.
func catch(cancel context.CancelFunc, signals ...os.Signal) *catcher {
	c := &catcher{received: make(chan os.Signal, 1), done: make(chan struct{}), first: make(chan os.Signal, 1)}
	for _, s := range signals {
		if s == syscall.SIGTERM || !signal.Ignored(s) {
			signal.Notify(c.received, s)
		}
	}
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

// stop lets signals have their effect again. It returns the one that came, nil if none did.
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
