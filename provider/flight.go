package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
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

// errTooLong is why the context of a shared call has ended.
var errTooLong = errors.New("a shared call has timed out")

// tooLong is the error of those who have waited for what until it timed out.
func tooLong(what string) error {
	return fmt.Errorf("provider: %s: no end of it after %s, here or in the process that is at it", what, flightTimeout)
}

// flight is a call that is made once for all who ask for it at the same time.
type flight struct {
	group   *flights
	cancel  context.CancelFunc
	done    chan struct{} // closed when value and err are set
	overdue chan struct{} // closed when it has not returned after flightTimeout and flightGrace
	value   any
	err     error

	// Guarded by running.mu.
	waiters  int
	waitsFor *flight       // the one whose result this one waits for
	sending  chan struct{} // not nil while it must not be cut short, closed after that
	dropped  bool          // it may neither send nor join another flight any more
}

// flights is what is called once for all: at most one flight at a time can be joined.
type flights struct {
	current *flight // guarded by running.mu
}

// running holds every flight of this process, for [Wait] to find.
var running = registry{flights: map[*flight]struct{}{}}

type registry struct {
	mu      sync.Mutex
	flights map[*flight]struct{}
}

// flightKey is the key of the *flight in the context of its call.
type flightKey struct{}

// share calls fn once for all who share g at the same time. Each waits only as long as
// its own ctx. fn runs on a context that none of them cancels, so that a caller who
// gives up does not take the others' result away. A flight that has timed out is
// forgotten, whatever it hangs on: the next caller starts another one.
func share[T any](ctx context.Context, g *flights, what string, fn func(context.Context) (T, error)) (T, error) {
	var zero T
	caller, _ := ctx.Value(flightKey{}).(*flight)
	f, err := running.join(ctx, caller, g, func(ctx context.Context) (any, error) { return fn(ctx) })
	if err != nil {
		return zero, err
	}
	defer running.leave(caller, f)
	for done := ctx.Done(); ; {
		select {
		case <-f.done:
			if f.err != nil {
				return zero, f.err
			}
			return f.value.(T), nil
		case <-done:
			if !errors.Is(context.Cause(ctx), errTooLong) {
				return zero, ctx.Err()
			}
			done = nil // the caller is itself a flight: its own callers have the same grace
		case <-f.overdue:
			return zero, tooLong(what)
		}
	}
}

// join adds a caller to the flight of g, which starts if there is none. A caller that
// is itself a flight, and was dropped, is refused.
func (r *registry) join(ctx context.Context, caller *flight, g *flights, fn func(context.Context) (any, error)) (*flight, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if caller != nil && caller.dropped {
		return nil, context.Canceled
	}
	f := g.current
	if f == nil {
		f = &flight{group: g, done: make(chan struct{}), overdue: make(chan struct{})}
		g.current = f
		r.flights[f] = struct{}{}
		ctx = context.WithValue(context.WithoutCancel(ctx), flightKey{}, f)
		ctx, f.cancel = context.WithTimeoutCause(ctx, flightTimeout, errTooLong)
		go r.fly(ctx, f, fn)
	}
	f.waiters++
	if caller != nil {
		caller.waitsFor = f
	}
	return f, nil
}

// fly calls fn and hands its result to the callers.
func (r *registry) fly(ctx context.Context, f *flight, fn func(context.Context) (any, error)) {
	defer f.cancel()
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), errTooLong) {
			time.AfterFunc(flightGrace, func() {
				r.forget(f)
				close(f.overdue)
			})
		}
	})
	defer stop()
	f.value, f.err = fn(ctx)
	r.mu.Lock()
	delete(r.flights, f)
	r.mu.Unlock()
	r.forget(f)
	close(f.done)
}

// forget lets nobody join f any more. What it has begun it may finish.
func (r *registry) forget(f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.group.current == f {
		f.group.current = nil
	}
}

// forget lets nobody join the call that is under way.
func (g *flights) forget() {
	running.mu.Lock()
	defer running.mu.Unlock()
	g.current = nil
}

// leave takes a caller off a flight that it joined.
func (r *registry) leave(caller, f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if caller != nil {
		if caller.waitsFor != f {
			return // dropped meanwhile, and taken off then
		}
		caller.waitsFor = nil
	}
	f.waiters--
}

// beginSending is called by a flight before it sends what can be sent only once. Until
// end is called, Wait waits for it. It fails if the flight was dropped or has timed out:
// that ends ctx.
func beginSending(ctx context.Context) (end func(), err error) {
	f := ctx.Value(flightKey{}).(*flight)
	running.mu.Lock()
	defer running.mu.Unlock()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	sending := make(chan struct{})
	f.sending = sending
	return func() {
		running.mu.Lock()
		defer running.mu.Unlock()
		f.sending = nil
		close(sending)
	}, nil
}

// Wait returns when this process can exit without losing a sign-in. A refresh goes on
// after the caller whose context ended: the server has most likely taken the refresh
// token by then, and the new one must reach the token cache. Wait waits for every
// refresh that was sent, until its response is stored, which takes 20 seconds at most
// if the token cache does not hang. It calls off what nobody waits for any more and was
// not sent yet. Call it when the contexts of the calls under way have ended, just before
// the program exits, or is frozen as between two calls of an AWS Lambda function.
//
// The error says that ctx ended first, and matches ctx.Err().
func Wait(ctx context.Context) error {
	for {
		sending := running.dropUnwanted()
		if sending == nil {
			return nil
		}
		select {
		case <-sending:
		case <-ctx.Done():
			return fmt.Errorf("provider: wait for refresh: %w", ctx.Err())
		}
	}
}

// dropUnwanted drops the flights that nobody waits for and that send nothing. It returns
// the end of one that is sending, nil if none is.
func (r *registry) dropUnwanted() (sending <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for again := true; again; {
		again, sending = false, nil
		for f := range r.flights {
			switch {
			case f.sending != nil:
				sending = f.sending
			case f.waiters == 0 && !f.dropped:
				f.drop()
				again = true // it may have been the last that waited for another
			}
		}
	}
	return sending
}

// drop calls a flight off, and takes it off the one it waits for. running.mu is held.
func (f *flight) drop() {
	f.dropped = true
	f.cancel()
	if f.group.current == f {
		f.group.current = nil
	}
	if f.waitsFor != nil {
		f.waitsFor.waiters--
		f.waitsFor = nil
	}
}
