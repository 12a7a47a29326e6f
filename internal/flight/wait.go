package flight

import (
	"context"
	"sync"
)

// calls are the calls of this process. It is package state because Wait has to know every
// call of the process.
var calls = registry{sending: map[chan struct{}]struct{}{}}

type registry struct {
	mu      sync.Mutex
	callers int                        // callers of Do that wait
	waited  bool                       // Wait was called after the last caller came
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

// BeginSending is called by a shared call before it sends what can be sent only once. Wait
// waits until end is called. It fails if ctx is done, or if the program is about to exit:
// after Wait, until the next call.
func BeginSending(ctx context.Context) (end func(), err error) {
	end, err = calls.begin(ctx)
	if hook, ok := ctx.Value(sendHook{}).(func()); ok && err == nil {
		hook()
	}
	return end, err
}

// sendHook is the context key of WithSendHook.
type sendHook struct{}

// WithSendHook returns a context for Do in which BeginSending calls hook when it succeeds.
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
		return nil, errCalledOff
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

// next returns a channel that is closed when one of the requests being sent is done, nil if
// there is none.
func (r *registry) next() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waited = true
	for sent := range r.sending {
		return sent
	}
	return nil
}

// Wait returns when no call is between BeginSending and its end. Calls that have not begun
// are called off, unless a caller comes. The error is ctx.Err().
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
