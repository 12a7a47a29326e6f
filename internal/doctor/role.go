package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/sso"
)

// role checks that Identity Center assigns the role to the user.
func (e *exam) role(ctx context.Context) {
	switch {
	case e.profile == nil || e.profile.AccountID == "":
		return
	case e.Offline:
		e.skip("role", "offline")
		return
	case !e.reached || e.token == nil:
		e.skip("role", "not signed in, or Identity Center does not respond")
		return
	}
	accessToken, err := e.Token(ctx, e.profile)
	if err != nil {
		e.fail("role", "the sign-in is of no use: "+err.Error(), "latchkey login"+e.ofProfile())
		return
	}
	portal, err := ssoclient.Portal(e.profile.SignIn(), e.Settings)
	if err != nil {
		e.failWith("role", err)
		return
	}
	e.assigned(ctx, portal, accessToken)
}

// assigned looks for the profile's role among those of its account.
func (e *exam) assigned(ctx context.Context, portal *sso.Client, accessToken string) {
	p := e.profile
	var roles []string
	for role, err := range portal.Roles(ctx, accessToken, p.AccountID) {
		if err != nil {
			e.add(Result{
				Check: "role", Status: Failed, File: p.File, Line: p.Line,
				Message: fmt.Sprintf("account %s: %v", p.AccountID, err),
				Fix:     "check sso_account_id; latchkey accounts lists yours",
			})
			return
		}
		name := aws.ToString(role.RoleName)
		if name == p.RoleName {
			e.ok("role", fmt.Sprintf("%s in account %s is assigned to you", p.RoleName, p.AccountID))
			return
		}
		roles = append(roles, name)
	}
	e.add(Result{
		Check: "role", Status: Failed, File: p.File, Line: p.Line,
		Message: fmt.Sprintf("%s in account %s is not assigned to you", p.RoleName, p.AccountID),
		Fix:     "set sso_role_name to one of yours: " + strings.Join(roles, ", "),
	})
}
