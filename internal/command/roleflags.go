package command

import (
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/profile"
)

// roleFlags select a role of an sso-session without a profile.
type roleFlags struct{ session, account, role string }

func (f *roleFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.session, "sso-session", "", "use this sso-session, with --account and --role, instead of a profile")
	cmd.Flags().StringVar(&f.account, "account", "", "the account ID, with --sso-session")
	cmd.Flags().StringVar(&f.role, "role", "", "the role name, with --sso-session")
}

// credentials returns the credentials of the role, or those of the selected profile.
func (f *roleFlags) credentials(cmd *cobra.Command, a *app) (*profileCredentials, error) {
	if f.session == "" && f.account == "" && f.role == "" {
		return a.credentials(a.profile)
	}
	if f.session == "" || f.account == "" || f.role == "" {
		return nil, &usageError{text: "--sso-session, --account and --role must be used together", hint: cmd.CommandPath() + " --help"}
	}
	if err := exclusive(cmd, "profile", "sso-session"); err != nil {
		return nil, err
	}
	a.roleByFlags = true
	s, err := profile.LoadSession(f.session)
	if err != nil {
		return nil, err
	}
	return a.credentialsOf(roleProfile(s, f.account, f.role))
}
