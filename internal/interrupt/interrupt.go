// Package interrupt cancels contexts on signals, and remembers which signal it was.
package interrupt

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Error means that a signal has stopped the program. All Errors match (errors.Is) each other.
type Error struct{ Signal os.Signal }

// Error returns "interrupted" for Ctrl-C, and otherwise the name of the signal.
func (e *Error) Error() string {
	if e.Signal == os.Interrupt {
		return "interrupted"
	}
	return e.Signal.String()
}

// Is reports whether target is an *Error.
func (e *Error) Is(target error) bool {
	_, ok := target.(*Error)
	return ok
}

// ExitCode returns the exit code of the program: 128 and the number of the signal, as in a shell.
func (e *Error) ExitCode() int {
	const signaled = 128
	number, _ := e.Signal.(syscall.Signal)
	return signaled + int(number)
}

// Notify returns a context that any of the signals cancels, as relayed by [Relay]. stop restores the
// default handling.
func Notify(ctx context.Context, signals ...os.Signal) (_ context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	received := make(chan os.Signal, 1)
	Relay(received, signals...)
	go func() {
		select {
		case s := <-received:
			cancel(&Error{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(received)
		cancel(nil)
	}
}

// Relay is signal.Notify, except that signals that are ignored, as under nohup, stay ignored. SIGTERM is
// relayed in any case.
func Relay(c chan<- os.Signal, signals ...os.Signal) {
	for _, s := range signals {
		if s == syscall.SIGTERM || !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
}

// Cause returns the *Error that canceled ctx, or that of Ctrl-C if something else canceled it.
func Cause(ctx context.Context) *Error {
	if e, ok := errors.AsType[*Error](context.Cause(ctx)); ok {
		return e
	}
	return &Error{os.Interrupt}
}
