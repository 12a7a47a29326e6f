package command

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/profile"
)

// completeNames completes profiles and sessions, and offers files only as the program of exec.
func completeNames(root *cobra.Command) {
	sessions := func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		_, names, _ := profile.Names()
		return completions(names), cobra.ShellCompDirectiveNoFileComp
	}
	_ = root.RegisterFlagCompletionFunc("profile", completeProfiles)
	for _, cmd := range root.Commands() {
		if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && cmd.Name() != "exec" {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		if cmd.Flags().Lookup("sso-session") != nil {
			_ = cmd.RegisterFlagCompletionFunc("sso-session", sessions)
		}
	}
}

// completions removes names that are not printable: a shell would insert something other than what
// it shows.
func completions(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return oneLine(name) != name })
}

// completeProfiles completes the names of profiles, with the account and role of each. It reads
// nothing but the config files.
func completeProfiles(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	const most = 1000
	details := map[string]string{}
	for _, item := range profileQuestion().Items {
		details[item.ID] = item.Detail
	}
	names, _, _ := profile.Names() // a damaged line in another section does not matter
	var all []cobra.Completion
	for _, name := range completions(names) {
		if strings.HasPrefix(name, toComplete) && len(all) < most {
			all = append(all, cobra.CompletionWithDesc(name, oneLine(details[name])))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
