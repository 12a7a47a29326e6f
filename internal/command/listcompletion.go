package command

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
)

// completeListed makes the shell complete --account and --role from the cached list. It sends
// no request.
func (a *app) completeListed(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if cmd.Flags().Lookup("account") != nil {
			_ = cmd.RegisterFlagCompletionFunc("account", a.listed(accountCompletions))
		}
		if cmd.Flags().Lookup("role") != nil {
			_ = cmd.RegisterFlagCompletionFunc("role", a.listed(roleCompletions))
		}
	}
}

// maxCompletions bounds the list for the shell.
const maxCompletions = 1000

func (a *app) listed(names func([]accounts.Account) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		a.noInput = true
		session, _ := cmd.Flags().GetString("sso-session")
		s, err := a.chooseSession(cmd.Context(), cmd, session)
		if err != nil || s.Session == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		all := names(accounts.CacheFor(s.Session.CacheKey()).Load(cmd.Context(), a.now()))
		return all[:min(len(all), maxCompletions)], cobra.ShellCompDirectiveNoFileComp
	}
}

// accountCompletions returns account IDs, described by their names.
func accountCompletions(all []accounts.Account) []string {
	var ids []string
	for _, account := range all {
		if len(completions([]string{account.ID})) > 0 {
			ids = append(ids, cobra.CompletionWithDesc(account.ID, oneLine(account.Name)))
		}
	}
	return ids
}

// roleCompletions returns the distinct role names.
func roleCompletions(all []accounts.Account) []string {
	var names []string
	for _, account := range all {
		names = append(names, account.Roles...)
	}
	slices.Sort(names)
	return completions(slices.Compact(names))
}
