package atomicfile

import (
	"context"
	"time"
)

// grace is how long Within waits for f after ctx is done, in case f is not hung.
const grace = 50 * time.Millisecond

// Within returns the result of f, or ctx.Err() if ctx is done and f hangs, as in a file system
// whose server is gone. Nothing can stop f then: it continues in the background, and if it
// succeeds, its value is passed to drop, which may be nil. A ctx that cannot be done costs
// nothing.
func Within[T any](ctx context.Context, f func() (T, error), drop func(T)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if ctx.Done() == nil {
		return f()
	}
	type result struct {
		value T
		err   error
	}
	done, abandoned := make(chan result), make(chan struct{})
	go func() {
		value, err := f()
		select {
		case done <- result{value, err}:
		case <-abandoned:
			if err == nil && drop != nil {
				drop(value)
			}
		}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		close(abandoned)
		return none, ctx.Err()
	}
}

// within is Within for a function without a value.
func within(ctx context.Context, f func() error) error {
	_, err := Within(ctx, func() (struct{}, error) { return struct{}{}, f() }, nil)
	return err
}
