package command

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) credentialProcessCommand() *cobra.Command {
	var login processLogin
	var role roleFlags
	cmd := &cobra.Command{
		Use:   "credential-process",
		Short: "Print credentials as one JSON object, for credential_process in the AWS config file",
		Long: `Print credentials of the profile's role as one JSON object.

Any AWS SDK or tool can call it:

  [profile dev-process]
  credential_process = latchkey credential-process --profile dev

Exit code 3 means that you have to sign in first. With --login, or with
latchkey_login_on_demand = true in the profile, it signs in as "latchkey login"
does. If you have not approved the sign-in after --login-wait, it fails with that
code and the sign-in continues in the background: most SDKs kill a
credential_process after a minute.`,
		Example: `  latchkey credential-process --profile dev
  latchkey credential-process --profile dev --login`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			creds, err := login.retrieve(cmd.Context(), a, func() (*profileCredentials, error) { return role.credentials(cmd, a) })
			if err != nil {
				return err
			}
			return json.NewEncoder(a.stdout).Encode(processOutput{
				Version:         1,
				AccessKeyID:     creds.AccessKeyID,
				SecretAccessKey: creds.SecretAccessKey,
				SessionToken:    creds.SessionToken,
				Expiration:      creds.Expires.UTC().Format(time.RFC3339),
				AccountID:       creds.AccountID,
			})
		},
	}
	login.register(cmd)
	role.register(cmd)
	return cmd
}

// processOutput is the output of a credential_process, as the SDK reference guide defines it.
type processOutput struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
	AccountID       string `json:"AccountId"`
}
