package atomicfile

import (
	"context"
	"time"
)

// grace is how long Within waits for what is not hung to finish once ctx is done.
const grace = 50 * time.Millisecond

// Within returns what f returns, or ctx.Err() when ctx is done and f hangs, as a call of
// a file system does whose server is gone. Nothing can stop f then: it goes on by itself,
// and its value, unless it fails, goes to drop. drop may be nil. A ctx that is never done
// costs nothing.
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

// within is Within for an f without a value.
func within(ctx context.Context, f func() error) error {
	_, err := Within(ctx, func() (struct{}, error) { return struct{}{}, f() }, nil)
	return err
}
