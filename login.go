package latchkey

import (
	"context"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// WithLogin is an option of [WithProfile] and of package provider: when the user has to sign
// in, [login.Login] does that with ui, and the call is tried again. However many goroutines
// wait, the user signs in once.
//
//	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev", latchkey.WithLogin(ui)))
//
// Without it no call ever asks the user anything, which is what a service wants. The caches,
// clients and clock are those of the provider's options, and optFns change the others, such as
// the flow. A call whose context ends gives up the login.
func WithLogin(ui login.UI, optFns ...func(*login.Options)) func(*provider.Options) {
	return func(o *provider.Options) {
		o.Login = func(ctx context.Context, s profile.SignIn) error {
			same := func(l *login.Options) {
				l.TokenCache, l.RoleCache = o.TokenCache, o.RoleCache
				l.HTTPClient, l.ClientConfig, l.Logger = o.HTTPClient, o.ClientConfig, o.Logger
				l.Now = o.Now
			}
			_, err := login.Login(ctx, s, ui, append([]func(*login.Options){same}, optFns...)...)
			return err
		}
	}
}
