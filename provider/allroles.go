package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// maxInFlight is the maximum number of concurrent GetRoleCredentials calls per sign-in. The time that
// others wait does not count towards callTimeout.
const maxInFlight = 8

// Role is a role that is assigned to the user, with the Provider of its credentials.
type Role struct {
	*Provider
	AccountID, RoleName string
}

// errStop stops a listing when the caller breaks out of its loop.
var errStop = errors.New("stop")

// AllRoles returns an iterator over the roles that are assigned to the user in all accounts, in the order of
// [sso.Client.AllRoles]; optFns are its options. The Providers share the sign-in with p, as those of
// [Provider.WithRole] do. The profile of p needs no account or role. The iteration ends at the first error,
// which is one that [Provider.Retrieve] can return. All requests of a sign-in together stay within the rate
// limit of the service.
//
//	for role, err := range p.AllRoles(ctx) {
//		if err != nil {
//			return err
//		}
//		cfg.Credentials = aws.NewCredentialsCache(role)
//		client := s3.NewFromConfig(cfg)
//		...
//	}
func (p *Provider) AllRoles(ctx context.Context, optFns ...func(*sso.AllRolesOptions)) iter.Seq2[Role, error] {
	return func(yield func(Role, error) bool) {
		if err := p.check(); err != nil {
			yield(Role{}, err)
			return
		}
		yielded := map[Role]bool{} // the listing restarts with a new token if the portal rejects this one
		err := p.tokens.WithLogin(ctx, func(ctx context.Context) error {
			return p.eachRole(ctx, optFns, func(accountID, roleName string) bool {
				if key := (Role{AccountID: accountID, RoleName: roleName}); !yielded[key] {
					yielded[key] = true
					return yield(Role{p.WithRole(accountID, roleName), accountID, roleName}, nil)
				}
				return true
			})
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Role{}, p.forProfile(err))
		}
	}
}

// eachRole calls fn with each role. It returns errStop if fn returns false.
func (p *Provider) eachRole(ctx context.Context, optFns []func(*sso.AllRolesOptions), fn func(accountID, roleName string) bool) error {
	client, err := p.portal()
	if err != nil {
		return err
	}
	tok, err := p.tokens.Token(ctx)
	if err != nil {
		return err
	}
	shared := func(o *sso.AllRolesOptions) { o.Pacer = &p.signIn.pacer }
	_, err = p.tokens.Do(ctx, tok, func(tok *tokencache.Token) error {
		for role, err := range client.AllRoles(ctx, string(tok.AccessToken), append([]func(*sso.AllRolesOptions){shared}, optFns...)...) {
			if err != nil {
				return fmt.Errorf("provider: %w", err)
			}
			if !fn(aws.ToString(role.AccountId), aws.ToString(role.RoleName)) {
				return errStop
			}
		}
		return nil
	})
	return err
}
