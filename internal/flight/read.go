package flight

import (
	"context"
	"runtime"
	"time"
)

// maxReads is the maximum number of concurrent reads of a Reader. A read that hangs in the file
// system blocks a thread.
const maxReads = 32

// Reader reads from caches that may ignore contexts, outside of shared calls.
type Reader struct{ slots chan struct{} }

// NewReader returns a Reader.
func NewReader() *Reader { return &Reader{make(chan struct{}, maxReads)} }

// Read returns the result of read, or ctx.Err() if ctx is done first. It times out after
// [Timeout]. For a small file this costs less than a shared call.
func Read[T any](ctx context.Context, r *Reader, name Name, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var zero T
	timer := time.NewTimer(Timeout)
	defer timer.Stop()
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-timer.C:
		return zero, name.timeout()
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-r.slots }()
		growStack()
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-timer.C:
		return zero, name.timeout()
	}
}

// growStack grows the stack of a new goroutine from 2 kB to 8 kB at once, which is as much as reading a role needs. If it
// grew in steps during the read, the runtime would unwind the calls each time: 2 % of a warm credential-process.
//
//go:noinline
func growStack() {
	var space [4 << 10]byte
	runtime.KeepAlive(&space)
}
