package atomicfile_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// endingContext is a context that is done right after it was checked for the first time.
type endingContext struct {
	context.Context //nolint:containedctx // extends it

	checks atomic.Int32
}

func (c *endingContext) Err() error {
	if c.checks.Add(1) == 1 {
		return nil
	}
	return c.Context.Err()
}

// TestDoStartsLate: a call does not start once its caller has given up.
func TestDoStartsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which waits for the call
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := atomicfile.Do(&endingContext{Context: ctx}, func() (int, error) {
			t.Error("started, although the context was done")
			return 0, nil
		}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}
