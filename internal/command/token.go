package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func (a *app) tokenCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print the session's bearer token, refreshed if necessary",
		Long: `Print the access token of the session, refreshed if it is about to expire.

Anyone who has the token can get credentials for every role you have access to.
Exit code 3 means that you have to sign in first.`,
		Example: `  curl -H "x-amz-sso_bearer_token: $(latchkey token)" \
    'https://portal.sso.eu-west-1.amazonaws.com/assignment/accounts'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.pickProfile(cmd.Context()); err != nil {
				return err
			}
			p, err := a.load()
			if err != nil {
				return err
			}
			if p, err = signedInBy(p); err != nil {
				return err
			}
			tok, err := a.token(cmd.Context(), p.SignIn())
			if err != nil {
				return err
			}
			return a.printToken(tok, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the time when the token expires")
	return cmd
}

// token returns the token of a sign-in, refreshed if necessary.
func (a *app) token(ctx context.Context, signIn profile.SignIn) (*tokencache.Token, error) {
	source, err := a.tokenSource(signIn)
	if err != nil {
		return nil, err
	}
	return holdSignals(ctx, source.Token)
}

func (a *app) printToken(tok *tokencache.Token, asJSON bool) error {
	secret := string(tok.AccessToken)
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(struct {
			AccessToken string `json:"accessToken"`
			ExpiresAt   string `json:"expiresAt"`
		}{secret, tok.ExpiresAt.UTC().Format(time.RFC3339)})
	}
	if printable(secret) != secret {
		return &hintedError{errors.New("the token has unprintable characters"), "latchkey token --json"}
	}
	_, err := fmt.Fprintln(a.stdout, secret)
	return err
}
