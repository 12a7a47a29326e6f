package atomicfile

import (
	"context"
	"time"
)

// grace is how long Do waits after ctx is done for an f that is not hung.
const grace = 50 * time.Millisecond

// Do returns the result of f, or ctx.Err() if ctx is done while f hangs, for example because the
// server of a network file system is down. Then f continues in the background; if it succeeds,
// Do passes its value to drop, which may be nil. If ctx cannot be canceled, Do just calls f.
func Do[T any](ctx context.Context, f func() (T, error), drop func(T)) (T, error) {
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
		value, err := none, ctx.Err() // the goroutine may start late
		if err == nil {
			value, err = f()
		}
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

// do is Do for a function without a value.
func do(ctx context.Context, f func() error) error {
	_, err := Do(ctx, func() (struct{}, error) { return struct{}{}, f() }, nil)
	return err
}
