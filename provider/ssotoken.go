package provider

import (
	"context"

	"github.com/latchkey-sso/latchkey/ssotoken"
)

// LoginRequiredError is [ssotoken.LoginRequiredError]: the user has to sign in.
type LoginRequiredError = ssotoken.LoginRequiredError

// ErrStopped is [ssotoken.ErrStopped]: another process stopped in the middle of a refresh.
var ErrStopped = ssotoken.ErrStopped

// Wait is [ssotoken.Wait]: it returns when this process can exit without losing a sign-in.
func Wait(ctx context.Context) error { return ssotoken.Wait(ctx) }
