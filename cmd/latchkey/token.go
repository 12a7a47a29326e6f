package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/provider"
)

func (a *app) tokenCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print the session's bearer token, refreshed if necessary",
		Long: `Print the access token of the session, refreshed if it is about to expire.

Anyone who has the token can get credentials for every role you may use. Exit
code 3 means that you have to sign in first.`,
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
			tokens, err := provider.New(p, func(o *provider.Options) { o.Logger = a.logger() })
			if err != nil {
				return err
			}
			tok, err := holdSignals(cmd.Context(), tokens.RetrieveBearerToken)
			if err != nil {
				return err
			}
			if !asJSON {
				if printable(tok.Value) != tok.Value {
					return errors.New("the token has unprintable characters: use token --json")
				}
				_, err = fmt.Fprintln(a.stdout, tok.Value)
				return err
			}
			return json.NewEncoder(a.stdout).Encode(struct {
				AccessToken string `json:"accessToken"`
				ExpiresAt   string `json:"expiresAt"`
			}{tok.Value, tok.Expires.UTC().Format(time.RFC3339)})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the time when the token expires")
	return cmd
}
