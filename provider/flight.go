package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// flightTimeout bounds a shared call and all it waits for. It is less than the
	// minute after which the Go SDK kills a credential_process.
	flightTimeout = 55 * time.Second

	// flightGrace is how much longer the callers wait once the call has timed out, for
	// it to return. It begins only then: a process that was stopped meanwhile finds the
	// time up when it wakes, and may still have a response to store.
	flightGrace = 2 * time.Second
)

var (
	errTooLong   = errors.New("a shared call has timed out")
	errCalledOff = errors.New("nobody waits for the refresh any more")
)

// tooLong is the error of those who have waited for what until it timed out.
func tooLong(what string) error {
	return fmt.Errorf("provider: %s: not finished after %s, here or in another process", what, flightTimeout)
}

// flights makes a call once for all who ask for it at the same time.
type flights struct {
	current atomic.Pointer[flightGroup]
}

// flightGroup is used for one call after the other, until one of them is overdue or
// must not be joined any more.
type flightGroup struct {
	calls   singleflight.Group
	overdue chan struct{} // closed when a call has not returned after flightTimeout and flightGrace
	abandon func()        // closes overdue, and may be called again
}

func (f *flights) group() *flightGroup {
	for {
		if g := f.current.Load(); g != nil {
			return g
		}
		overdue := make(chan struct{})
		f.current.CompareAndSwap(nil, &flightGroup{overdue: overdue, abandon: sync.OnceFunc(func() { close(overdue) })})
	}
}

// forget lets nobody join the call that is under way. What it has begun it may finish.
func (f *flights) forget() { f.current.Store(nil) }

// share calls fn once for all who share f at the same time. Each waits only as long as
// its own ctx. fn runs on a context that none of them cancels, so that a caller who
// gives up does not take the others' result away. A call that has timed out is
// forgotten, whatever it hangs on: the next caller starts another one.
func share[T any](ctx context.Context, f *flights, what string, fn func(context.Context) (T, error)) (T, error) {
	var zero T
	nested := ctx.Value(inFlight{}) != nil
	if !nested {
		running.enter()
		defer running.leave()
	}
	for {
		value, err := f.join(ctx, what, func(ctx context.Context) (any, error) { return fn(ctx) })
		switch {
		case err == nil:
			return value.(T), nil
		case nested, !errors.Is(err, errCalledOff):
			return zero, err
		} // joined just after it was called off
	}
}

// inFlight is a key of the context of a shared call.
type inFlight struct{}

// join waits for the call under way, or for a new one.
func (f *flights) join(ctx context.Context, what string, fn func(context.Context) (any, error)) (any, error) {
	g := f.group()
	result := g.calls.DoChan("", func() (any, error) {
		ctx := context.WithValue(context.WithoutCancel(ctx), inFlight{}, true)
		ctx, cancel := context.WithTimeoutCause(ctx, flightTimeout, errTooLong)
		defer cancel()
		returned := make(chan struct{})
		defer close(returned)
		defer context.AfterFunc(ctx, func() { f.await(g, returned) })()
		return fn(ctx)
	})
	for done := ctx.Done(); ; {
		select {
		case r := <-result:
			return r.Val, r.Err
		case <-done:
			if !errors.Is(context.Cause(ctx), errTooLong) {
				return nil, ctx.Err()
			}
			done = nil // the caller is itself a shared call: its callers have the same grace
		case <-g.overdue:
			return nil, tooLong(what)
		}
	}
}

// await gives a call that has timed out the grace to return, then forgets it.
func (f *flights) await(g *flightGroup, returned <-chan struct{}) {
	select {
	case <-returned:
	case <-time.After(flightGrace):
		f.current.CompareAndSwap(g, nil) // not a newer one
		g.abandon()
	}
}
