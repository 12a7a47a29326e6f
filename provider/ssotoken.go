package provider

import (
	"context"

	"github.com/latchkey-sso/latchkey/ssotoken"
)

// LoginRequiredError is the error if the user must sign in.
type LoginRequiredError = ssotoken.LoginRequiredError

// ErrStopped is the error if another process was suspended in the middle of a refresh. See
// [ssotoken.ErrStopped].
var ErrStopped = ssotoken.ErrStopped

// Wait waits until the process can exit without losing a sign-in. See [ssotoken.Wait].
func Wait(ctx context.Context) error { return ssotoken.Wait(ctx) }
