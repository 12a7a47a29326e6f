package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/latchkey-sso/latchkey/provider"
)

// storeWait bounds how long a signal is held back: a request has 20 seconds, and its
// response must be stored.
const storeWait = 25 * time.Second

// holdSignals calls fn, which may refresh the sign-in, and lets a signal to end the
// process have its effect once nothing is lost by it: see untilSignal.
func holdSignals[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	value, s, err := untilSignal(ctx, fn, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	if s != nil {
		endBy(s)
		return value, errInterrupted
	}
	return value, err
}

// untilSignal calls fn with a context that one of the signals ends, and returns the
// signal, nil if none came. From when a refresh token is sent until the new one is
// stored, signals are held back, since ending then would end the sign-in. A signal that
// is ignored, as under nohup, stays so.
func untilSignal[T any](ctx context.Context, fn func(context.Context) (T, error), signals ...os.Signal) (T, os.Signal, error) {
	received := make(chan os.Signal, 1)
	for _, s := range signals {
		if s == syscall.SIGTERM || !signal.Ignored(s) {
			signal.Notify(received, s)
		}
	}
	defer signal.Stop(received)
	ctx, cancel := context.WithCancel(ctx)
	caught := make(chan os.Signal, 1)
	go func() {
		defer close(caught)
		select {
		case s := <-received:
			caught <- s
			cancel()
		case <-ctx.Done():
		}
	}()
	value, err := fn(ctx)
	cancel()
	atMost, release := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer release()
	_ = provider.Wait(atMost) // past that time nothing is left to wait for
	signal.Stop(received)
	if s := <-caught; s != nil {
		return value, s, err
	}
	select {
	case s := <-received:
		return value, s, err
	default:
		return value, nil, err
	}
}
