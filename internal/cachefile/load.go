// Package cachefile reads and writes the cache files of the AWS CLI. Each holds a JSON object
// as Python's json.dumps writes it. Other tools rewrite the files in place, without a lock.
package cachefile

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// maxSize is the maximum size of a file. Token files have a few kilobytes.
const maxSize = 1 << 20

// DamageError is the error for a file with invalid content.
type DamageError struct {
	Reason string // does not contain the content
	Torn   bool   // the content is truncated: another process may still be writing
}

// Error returns the reason.
func (e *DamageError) Error() string { return e.Reason }

// Load reads the file at path and calls parse with its content. If parse returns a
// *DamageError that is Torn, another tool may be writing the file in place, so Load tries
// again, every 10 ms for 250 ms, and returns the last error.
//
// The error is a *DamageError if the file is too large, not a regular file, or possibly planted
// by another user. Other errors come from parse and the file system, or match ctx.Err().
func Load(ctx context.Context, path string, parse func(data []byte) error) error {
	const (
		tries = 25
		wait  = 10 * time.Millisecond
	)
	for try := 1; ; try++ {
		err := Read(ctx, path, parse)
		var damage *DamageError
		if try == tries || !errors.As(err, &damage) || !damage.Torn {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// Read is Load without retries.
func Read(ctx context.Context, path string, parse func(data []byte) error) error {
	data, err := atomicfile.Read(ctx, path, maxSize)
	switch {
	case errors.Is(err, atomicfile.ErrIrregular):
		return &DamageError{Reason: "not a regular file"}
	case errors.Is(err, atomicfile.ErrTooLarge):
		return &DamageError{Reason: "larger than 1 MiB"}
	case errors.Is(err, atomicfile.ErrUntrusted):
		return &DamageError{Reason: atomicfile.ErrUntrusted.Error()}
	case err != nil:
		return err
	}
	return parse(data)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
