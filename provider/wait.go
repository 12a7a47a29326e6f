package provider

import (
	"context"
	"fmt"
	"sync"
)

// running is what [Wait] knows of the calls of this process.
var running = registry{sending: map[chan struct{}]struct{}{}}

type registry struct {
	mu      sync.Mutex
	callers int                        // calls of this package's users that wait for shared calls
	waited  bool                       // Wait was called since the last of them came
	sending map[chan struct{}]struct{} // one for each request that must not be cut short, closed after it
}

func (r *registry) enter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.callers++
	r.waited = false
}

func (r *registry) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.callers--
}

// beginSending is called by a shared call before it sends what can be sent only once.
// Until end is called, Wait waits for it. It fails when ctx has ended, or when the
// program is about to exit: after Wait, as long as nobody calls again.
func (r *registry) beginSending(ctx context.Context) (end func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case r.waited && r.callers == 0:
		return nil, errCalledOff
	}
	sent := make(chan struct{})
	r.sending[sent] = struct{}{}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.sending, sent)
		close(sent)
	}, nil
}

// wait returns the end of one of the requests being sent, nil if there is none.
func (r *registry) wait() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waited = true
	for sent := range r.sending {
		return sent
	}
	return nil
}

// Wait returns when this process can exit without losing a sign-in. A refresh goes on
// after the caller whose context ended: the server has most likely taken the refresh
// token by then, and the new one must reach the token cache. Wait waits for every
// refresh that was sent, until its response is stored, which takes 20 seconds at most
// if the token cache does not hang. A refresh that was not sent yet is called off, once
// no call is in progress and unless another one comes. Call Wait when the contexts of
// the calls in progress have ended, just before the program exits, or is frozen as
// between two calls of an AWS Lambda function.
//
// The error says that ctx ended first, and matches ctx.Err().
func Wait(ctx context.Context) error {
	for {
		sent := running.wait()
		if sent == nil {
			return nil
		}
		select {
		case <-sent:
		case <-ctx.Done():
			return fmt.Errorf("provider: wait for refresh: %w", ctx.Err())
		}
	}
}
