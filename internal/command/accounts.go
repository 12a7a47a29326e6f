package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
)

func (a *app) accountsCommand() *cobra.Command {
	var flags listFlags
	var filter filterFlags
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "List the AWS accounts you have access to",
		Long: `List the AWS accounts you have access to, sorted by name.

The list is cached for an hour. To list roles as well, run latchkey roles.`,
		Example: `  latchkey accounts
  latchkey accounts --account 'prod-*' --json
  for id in $(latchkey accounts --quiet); do echo "$id"; done`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, d, err := a.openDirectory(cmd, &flags)
			if err != nil {
				return err
			}
			all, err := holdSignals(cmd.Context(), func(ctx context.Context) ([]accounts.Account, error) { return d.Accounts(ctx) })
			if err != nil {
				return err
			}
			return a.printAccounts(all, &flags, &filter)
		},
	}
	flags.register(cmd, "print only account IDs")
	cmd.Flags().StringArrayVar(&filter.Accounts, "account", nil, "only accounts whose ID or name matches this `pattern`, such as 'prod-*'; repeatable")
	return cmd
}

// accountJSON is an account in the output of --json, with the names of the service's API.
type accountJSON struct {
	ID    string `json:"accountId"`
	Name  string `json:"accountName"`
	Email string `json:"emailAddress"`
}

func (a *app) printAccounts(all []accounts.Account, flags *listFlags, filter *filterFlags) error {
	objects, rows := []accountJSON{}, [][]string{}
	for _, account := range all {
		if filter.Account(account) {
			objects = append(objects, accountJSON{account.ID, account.Name, account.Email})
			rows = append(rows, []string{account.ID, account.Name, account.Email})
		}
	}
	switch {
	case flags.json:
		return a.printJSON(objects)
	case flags.quiet:
		return a.printLines(firstColumn(rows))
	}
	a.noteNone(len(rows), "accounts", filter.given())
	if len(rows) == 0 {
		return nil
	}
	return a.printTable([]string{"ACCOUNT ID", "NAME", "EMAIL"}, rows)
}

func firstColumn(rows [][]string) [][]string {
	ids := make([][]string, len(rows))
	for i, row := range rows {
		ids[i] = row[:1]
	}
	return ids
}
