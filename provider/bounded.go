package provider

import (
	"context"
	"time"
)

// maxReads is how many reads of the caches may be under way for one sign-in outside of
// flights. Each that hangs in the file system holds a thread.
const maxReads = 32

// bounded calls read, which may take no notice of a context, and returns its result,
// or the error of ctx if that ends first. Without a bound of its own ctx is given the
// one of flights. A flight in its place would cost more than reading a small file.
func bounded[T any](ctx context.Context, slots chan struct{}, what string, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var zero T
	timer := time.NewTimer(flightTimeout)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-timer.C:
		return zero, tooLong(what)
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-slots }()
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-timer.C:
		return zero, tooLong(what)
	}
}
