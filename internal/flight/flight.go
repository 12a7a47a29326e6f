// Package flight makes a call once for all goroutines that need its result at the same
// time, and lets the program wait for the calls that must not be cut short.
package flight

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
	// Timeout bounds a shared call and everything it waits for. It is less than the
	// minute after which the Go SDK kills a credential_process.
	Timeout = 55 * time.Second

	// grace is how much longer callers wait for a call that timed out. It starts at the
	// timeout: a process that was stopped times out the moment it wakes, and may still
	// have a response to store.
	grace = 2 * time.Second
)

// ErrTimeout is the cause of the context of a shared call that timed out.
var ErrTimeout = errors.New("timed out")

// errCalledOff says that Wait was called and no caller was left.
var errCalledOff = errors.New("called off: no caller is left")

// TimeoutError is the error of a caller that waited for what until it timed out.
func TimeoutError(pkg, what string) error {
	return fmt.Errorf("%s: %s: timed out after %s, in this or another process", pkg, what, Timeout)
}

// Group shares calls. The zero value is ready to use.
type Group struct {
	current atomic.Pointer[generation]
}

// generation serves one call after another, until a call is overdue or must not be joined
// any more.
type generation struct {
	calls   singleflight.Group
	overdue chan struct{} // closed when a call has not returned after Timeout and grace
	abandon func()        // closes overdue; may be called again
}

func (g *Group) generation() *generation {
	for {
		if gen := g.current.Load(); gen != nil {
			return gen
		}
		overdue := make(chan struct{})
		g.current.CompareAndSwap(nil, &generation{overdue: overdue, abandon: sync.OnceFunc(func() { close(overdue) })})
	}
}

// Forget keeps new callers from joining the call in flight, which goes on.
func (g *Group) Forget() { g.current.Store(nil) }

// Name says in errors which call it is: "package: verb noun".
type Name struct{ Package, Call string }

func (n Name) timeout() error { return TimeoutError(n.Package, n.Call) }

// Do calls fn once for all callers that share g at the same time. Each caller waits only as
// long as its own ctx. No caller cancels the context of fn, so one that gives up does not
// take the result from the others. Do forgets a call that times out, whatever it hangs on:
// the next caller starts a new one.
func Do[T any](ctx context.Context, g *Group, name Name, fn func(context.Context) (T, error)) (T, error) {
	var zero T
	nested := Nested(ctx)
	if !nested {
		calls.enter()
		defer calls.leave()
	}
	for {
		value, err := g.join(ctx, name, func(ctx context.Context) (any, error) { return fn(ctx) })
		switch {
		case err == nil:
			return value.(T), nil
		case nested, !errors.Is(err, errCalledOff):
			return zero, err
		} // joined a call just after it was called off
	}
}

// sharedCall is the context key of a shared call.
type sharedCall struct{}

// Nested reports whether ctx is the context of a shared call.
func Nested(ctx context.Context) bool { return ctx.Value(sharedCall{}) != nil }

// join waits for the call in flight, or for a new one.
func (g *Group) join(ctx context.Context, name Name, fn func(context.Context) (any, error)) (any, error) {
	gen := g.generation()
	result := gen.calls.DoChan("", func() (any, error) {
		ctx := context.WithValue(context.WithoutCancel(ctx), sharedCall{}, true)
		ctx, cancel := context.WithTimeoutCause(ctx, Timeout, ErrTimeout)
		defer cancel()
		returned := make(chan struct{})
		defer close(returned)
		defer context.AfterFunc(ctx, func() { g.await(gen, returned) })()
		return fn(ctx)
	})
	for done := ctx.Done(); ; {
		select {
		case r := <-result:
			return r.Val, r.Err
		case <-done:
			if !errors.Is(context.Cause(ctx), ErrTimeout) {
				return nil, ctx.Err()
			}
			done = nil // the caller is itself a shared call, whose callers grant the same grace
		case <-gen.overdue:
			return nil, name.timeout()
		}
	}
}

// await gives a call that timed out the grace to return, then forgets it.
func (g *Group) await(gen *generation, returned <-chan struct{}) {
	select {
	case <-returned:
	case <-time.After(grace):
		g.current.CompareAndSwap(gen, nil) // not a newer one
		gen.abandon()
	}
}
