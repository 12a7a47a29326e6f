package doctor

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/sso"
)

// role checks that Identity Center assigns the role to the user.
func (c *checker) role(ctx context.Context) {
	switch {
	case c.profile == nil || c.profile.AccountID == "":
		return
	case c.Offline:
		c.skip("role", "offline")
		return
	case !c.reached || c.token == nil:
		c.skip("role", "not signed in, or Identity Center does not respond")
		return
	}
	accessToken, err := c.Token(ctx, c.profile)
	if err != nil {
		message, fix := c.Describe(err)
		c.fail("role", message, fix)
		return
	}
	portal, err := ssoclient.Portal(c.profile.SignIn(), c.Settings)
	if err != nil {
		c.failWith("role", err)
		return
	}
	c.assigned(ctx, portal, accessToken)
}

// assigned checks that the account's roles include the profile's role.
func (c *checker) assigned(ctx context.Context, portal *sso.Client, accessToken string) {
	p := c.profile
	var roles []string
	for role, err := range portal.Roles(ctx, accessToken, p.AccountID) {
		if err != nil {
			message, fix := c.Describe(err)
			c.add(Result{
				Check: "role", Status: Failed, File: p.File, Line: p.Line,
				Message: fmt.Sprintf("cannot list the roles in account %s: %s", p.AccountID, message),
				Fix:     cmp.Or(fix, "check sso_account_id; to list your accounts: latchkey accounts"),
			})
			return
		}
		name := aws.ToString(role.RoleName)
		if name == p.RoleName {
			c.ok("role", fmt.Sprintf("%s in account %s is assigned to you", p.RoleName, p.AccountID))
			return
		}
		roles = append(roles, name)
	}
	c.add(Result{
		Check: "role", Status: Failed, File: p.File, Line: p.Line,
		Message: fmt.Sprintf("%s in account %s is not assigned to you", p.RoleName, p.AccountID),
		Fix:     "set sso_role_name to one of yours: " + strings.Join(roles, ", "),
	})
}
