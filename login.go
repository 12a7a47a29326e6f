package latchkey

import (
	"context"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// WithLogin returns an option for [WithProfile] and package provider. If the user must sign in,
// a call signs in with [login.Login] and ui, and is then retried. Concurrent calls share one login.
//
//	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev", latchkey.WithLogin(ui)))
//
// Without WithLogin, no call prompts the user, as is right for a service. The login uses the caches,
// clients, logger and clock of the provider; optFns set other options, such as the flow. If the
// context of the call is done, the login is canceled.
func WithLogin(ui login.UI, optFns ...func(*login.Options)) func(*provider.Options) {
	return func(o *provider.Options) {
		o.Login = func(ctx context.Context, s profile.SignIn) error {
			same := func(l *login.Options) {
				l.TokenCache, l.RoleCache, l.TokenStores = o.TokenCache, o.RoleCache, o.TokenStores
				l.HTTPClient, l.ClientConfig, l.Logger = o.HTTPClient, o.ClientConfig, o.Logger
				l.Now = o.Now
			}
			_, err := login.Login(ctx, s, ui, append([]func(*login.Options){same}, optFns...)...)
			return err
		}
	}
}
