// Package flight shares one call among all goroutines that need its result at the same time, and
// waits for calls that must not be interrupted before the program exits.
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
	// Timeout is the time limit of a shared call. It is less than the minute after which
	// the AWS SDK for Go kills a credential_process.
	Timeout = 55 * time.Second

	// grace is how much longer callers wait for a call that has timed out. A suspended
	// process times out as soon as it resumes, and may still have a response to store.
	grace = 2 * time.Second
)

// ErrTimeout is the cause of the context of a shared call that timed out.
var ErrTimeout = errors.New("timed out")

// errNoCaller is the error of a call that Wait has canceled.
var errNoCaller = errors.New("canceled: no caller is waiting")

// TimeoutError returns the error for a call that timed out. what is a verb and a noun.
func TimeoutError(pkg, what string) error {
	return fmt.Errorf("%s: %s: timed out after %s, in this or another process", pkg, what, Timeout)
}

// Group shares calls. The zero value is ready to use.
type Group struct {
	current atomic.Pointer[generation]
}

// generation shares successive calls until one is overdue or Forget is called.
type generation struct {
	calls   singleflight.Group
	overdue chan struct{} // closed when a call has not returned after Timeout and grace
	abandon func()        // closes overdue; can be called more than once
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

// Forget keeps new callers from joining the call in flight. That call continues.
func (g *Group) Forget() { g.current.Store(nil) }

// Name names a call in errors: "package: verb noun".
type Name struct{ Package, Call string }

func (n Name) timeout() error { return TimeoutError(n.Package, n.Call) }

// Do calls fn once for all concurrent callers that share g. Each caller waits until its own ctx is
// done. That does not cancel the context of fn, so the other callers still get the result. If
// the call times out, even if it hangs, the next caller starts a new one.
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
		case nested, !errors.Is(err, errNoCaller):
			return zero, err
		} // joined a call that Wait had just canceled: try again
	}
}

// sharedCall is the context key that marks a shared call.
type sharedCall struct{}

// Nested reports whether ctx is the context of a shared call.
func Nested(ctx context.Context) bool { return ctx.Value(sharedCall{}) != nil }

// join waits for the call in flight, or starts one.
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
			done = nil // the caller is itself a shared call that timed out, and has the same grace
		case <-gen.overdue:
			return nil, name.timeout()
		}
	}
}

// await waits for a call that timed out to return within the grace period, and else forgets it.
func (g *Group) await(gen *generation, returned <-chan struct{}) {
	select {
	case <-returned:
	case <-time.After(grace):
		g.current.CompareAndSwap(gen, nil) // keep a newer generation
		gen.abandon()
	}
}
