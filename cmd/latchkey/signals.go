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

// holdSignals calls fn, which may refresh the sign-in. From when the refresh token is
// sent until the new one is stored, a signal to end the process is held back, since
// that would end the sign-in; at any other time it takes effect at once. A signal that
// is ignored, as under nohup, stays so.
func holdSignals[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	held := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			held = append(held, s)
		}
	}
	received := make(chan os.Signal, 1)
	signal.Notify(received, held...)
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
	for _, from := range []<-chan os.Signal{caught, received} {
		select {
		case s := <-from:
			if s != nil {
				endBy(s)
				return value, errInterrupted
			}
		default:
		}
	}
	return value, err
}
