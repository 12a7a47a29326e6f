package flight

import (
	"context"
	"sync"
)

// calls tracks the calls of the process. It is global because Wait waits for all of them.
var calls registry

type registry struct {
	mu      sync.Mutex
	callers int                        // the number of callers waiting in Do
	waited  bool                       // Wait was called since the last call of Do
	sending map[chan struct{}]struct{} // one per request in flight, closed when it is done
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

// BeginSending marks the start of a request that must not be interrupted. A shared call calls it
// before it sends the request; Wait then waits until end is called. BeginSending fails if ctx is
// done, or if Wait was called and no caller is waiting.
func BeginSending(ctx context.Context) (end func(), err error) {
	end, err = calls.begin(ctx)
	if hook, ok := ctx.Value(sendHook{}).(func()); ok && err == nil {
		hook()
	}
	return end, err
}

// sendHook is the context key of the hook.
type sendHook struct{}

// WithSendHook returns a context for Do that makes a successful BeginSending call hook.
func WithSendHook(ctx context.Context, hook func()) context.Context {
	return context.WithValue(ctx, sendHook{}, hook)
}

func (r *registry) begin(ctx context.Context) (end func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case r.waited && r.callers == 0:
		return nil, errNoCaller
	}
	if r.sending == nil {
		r.sending = map[chan struct{}]struct{}{}
	}
	sent := make(chan struct{})
	r.sending[sent] = struct{}{}
	return func() { r.done(sent) }, nil
}

func (r *registry) done(sent chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sending, sent)
	close(sent)
}

// next returns a channel that is closed when one of the requests in flight is done, or nil if
// there are none.
func (r *registry) next() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waited = true
	for sent := range r.sending {
		return sent
	}
	return nil
}

// Wait waits for all requests that have called BeginSending. Until the next call of Do, calls
// without a caller can no longer begin to send. The error is ctx.Err().
func Wait(ctx context.Context) error {
	for {
		sent := calls.next()
		if sent == nil {
			return nil
		}
		select {
		case <-sent:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
