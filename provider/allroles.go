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

// maxInFlight is how many GetRoleCredentials of a sign-in this process sends at once. The others wait in
// front of callTimeout.
const maxInFlight = 8

// Role is a role that the user may assume, and the Provider of its credentials.
type Role struct {
	*Provider
	AccountID, RoleName string
}

// errStop ends a listing whose consumer wants no more.
var errStop = errors.New("stop")

// AllRoles returns an iterator over the roles, in all accounts, that the user may assume, in the order of
// [sso.Client.AllRoles], which has the options. The Providers are those of [Provider.WithRole]. p needs no
// account and role of its own. An error ends the iterator; it is that of the request, or one that
// [Provider.Retrieve] returns. Requests of all Providers of a sign-in are sent at the rate that the service
// allows.
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
		yielded := map[Role]bool{} // the listing begins again with another token if the portal rejects this one
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
			yield(Role{}, p.own(err))
		}
	}
}

// eachRole calls fn with each role until fn returns false, which makes the error errStop.
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
