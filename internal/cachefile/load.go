// Package cachefile reads and writes the cache files of the AWS CLI: a JSON object each, as
// Python's json.dumps writes it, which other tools rewrite in place and without a lock.
package cachefile

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// maxSize bounds a file. A token file has a few kilobytes.
const maxSize = 1 << 20

// DamageError says why the content of a file cannot be used.
type DamageError struct {
	Reason string // never quotes the content
	Torn   bool   // the content is truncated: a writer may not have finished
}

// Error returns the reason.
func (e *DamageError) Error() string { return e.Reason }

// Load reads the file at path and calls parse with its content. If parse finds it torn,
// another tool is most likely writing it in place, so Load reads it again, every 10 ms for a
// quarter of a second. The error is the last one of parse, a *DamageError for a file that is
// too large, irregular, or possibly planted by another user, the file system's, or ctx.Err().
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
	case errors.Is(err, atomicfile.ErrForeign):
		return &DamageError{Reason: atomicfile.ErrForeign.Error()}
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
