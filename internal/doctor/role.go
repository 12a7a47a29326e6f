package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
		c.skip("role", notChecked)
		return
	case !c.reached || c.token == nil:
		c.skip("role", "not signed in, or Identity Center does not respond")
		return
	}
	portal, err := ssoclient.Portal(c.profile.SignIn(), c.Settings)
	if err != nil {
		c.failWith("role", err)
		return
	}
	var roles []string
	err = c.WithToken(ctx, c.profile, func(accessToken string) error {
		roles, err = rolesIn(ctx, portal, accessToken, c.profile.AccountID)
		return err
	})
	if err != nil {
		c.noRoles(err)
		return
	}
	c.assigned(roles)
}

// assumedRole reports that the role in role_arn is not checked: the only way to check it is to assume it,
// which may need an MFA code.
func (c *checker) assumedRole(context.Context) {
	if c.assumes != "" {
		c.add(Result{
			Check: "role", Status: Skipped, Message: c.assumes + " is not assumed",
			Fix: "to try it: latchkey exec" + c.profileFlag() + " -- true",
		})
	}
}

// rolesIn lists the names of the roles in an account.
func rolesIn(ctx context.Context, portal *sso.Client, accessToken, account string) ([]string, error) {
	var names []string
	for role, err := range portal.Roles(ctx, accessToken, account) {
		if err != nil {
			return nil, err
		}
		names = append(names, aws.ToString(role.RoleName))
	}
	return names, nil
}

// checkAccount is the fix for an account in which the user has no role.
const checkAccount = "check sso_account_id; to list your accounts: latchkey accounts"

// noRoles reports that the roles of the account cannot be listed.
func (c *checker) noRoles(err error) {
	p := c.profile
	message, fix := c.Describe(err)
	c.add(Result{
		Check: "role", Status: Failed, File: p.File, Line: p.Line,
		Message: fmt.Sprintf("cannot list the roles in account %s: %s", p.AccountID, message),
		Fix:     cmp.Or(fix, checkAccount),
	})
}

// assigned checks that the account's roles include the profile's role.
func (c *checker) assigned(roles []string) {
	p := c.profile
	if slices.Contains(roles, p.RoleName) {
		c.ok("role", fmt.Sprintf("%s in account %s is assigned to you", p.RoleName, p.AccountID))
		return
	}
	r := Result{
		Check: "role", Status: Failed, File: p.File, Line: p.Line,
		Message: fmt.Sprintf("%s in account %s is not assigned to you", p.RoleName, p.AccountID),
		Fix:     "set sso_role_name to one of yours: " + strings.Join(roles, ", "),
	}
	if len(roles) == 0 {
		r.Fix = checkAccount
	}
	c.add(r)
}
