//go:build !windows

package interrupt_test

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
)

// TestNotify: the context is canceled, and its cause says which signal it was.
func TestNotify(t *testing.T) {
	for s, want := range map[syscall.Signal]struct {
		code int
		text string
	}{
		syscall.SIGHUP:  {129, "hangup"},
		syscall.SIGINT:  {130, "interrupted"},
		syscall.SIGTERM: {143, "terminated"},
	} {
		ctx, stop := interrupt.Notify(t.Context(), syscall.SIGHUP, os.Interrupt, syscall.SIGTERM)
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		stop()
		for name, ctx := range map[string]context.Context{"context": ctx, "child": context.WithValue(ctx, t, t)} {
			err := interrupt.Cause(ctx)
			if err.Signal != s || err.ExitCode() != want.code || err.Error() != want.text || !errors.Is(err, &interrupt.Error{Signal: os.Interrupt}) {
				t.Errorf("%s after %v: %v, exit code %d", name, s, err, err.ExitCode())
			}
		}
	}
}

// TestStop: without a signal, there is only Ctrl-C to report.
func TestStop(t *testing.T) {
	ctx, stop := interrupt.Notify(t.Context(), syscall.SIGTERM)
	stop()
	<-ctx.Done()
	if err := interrupt.Cause(ctx); err.Signal != os.Interrupt {
		t.Errorf("Cause: %v", err)
	}
}

// TestIgnored: a signal that is ignored stays ignored.
func TestIgnored(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	_, stop := interrupt.Notify(t.Context(), syscall.SIGHUP)
	defer stop()
	if !signal.Ignored(syscall.SIGHUP) {
		t.Error("SIGHUP is handled")
	}
}
