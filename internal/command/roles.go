package command

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/profile"
)

func (a *app) rolesCommand() *cobra.Command {
	var flags listFlags
	var filter filterFlags
	cmd := &cobra.Command{
		Use:   "roles",
		Short: "List the roles you have access to, and the profiles that use them",
		Long: `List the roles you have access to, by account, and the profiles in the config file
that use them.

Listing takes one request for each account, and Identity Center allows 20 a second. In
a large organization, use --account. The list is cached for an hour.`,
		Example: `  latchkey roles
  latchkey roles --account 'prod-*' --role Admin
  latchkey roles --quiet | while IFS=$'\t' read -r account role; do echo "$account $role"; done`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, d, err := a.openDirectory(cmd, &flags)
			if err != nil {
				return err
			}
			all, err := a.listRoles(cmd.Context(), d, filter.Account)
			if err != nil {
				return err
			}
			return a.printRoles(filter.Apply(all), p.Session, &flags, &filter)
		},
	}
	flags.register(cmd, "print only account IDs and role names, separated by tabs")
	filter.register(cmd)
	return cmd
}

// roleJSON is a role in the output of --json, with the names of the service's API.
type roleJSON struct {
	AccountID   string   `json:"accountId"`
	AccountName string   `json:"accountName"`
	RoleName    string   `json:"roleName"`
	Profiles    []string `json:"profiles"`
}

func (a *app) printRoles(all []accounts.Account, s *profile.Session, flags *listFlags, filter *filterFlags) error {
	profiles := profilesByRole(s)
	objects, rows, brief := []roleJSON{}, [][]string{}, [][]string{}
	for _, account := range all {
		for _, role := range account.Roles {
			names := append([]string{}, profiles[[2]string{account.ID, role}]...)
			objects = append(objects, roleJSON{account.ID, account.Name, role, names})
			rows = append(rows, []string{account.ID, account.Name, role, strings.Join(names, ", ")})
			brief = append(brief, []string{account.ID, role})
		}
	}
	switch {
	case flags.json:
		return a.printJSON(objects)
	case flags.quiet:
		return a.printLines(brief)
	}
	a.noteNone(len(rows), "roles", filter.given())
	if len(rows) == 0 {
		return nil
	}
	return a.printTable([]string{"ACCOUNT ID", "ACCOUNT", "ROLE", "PROFILE"}, rows)
}

// profilesByRole returns the names of the profiles that use a session, by account and role.
func profilesByRole(s *profile.Session) map[[2]string][]string {
	names := map[[2]string][]string{}
	shared, _ := profile.ReadAll() // a damaged line in another section does not matter
	if shared == nil {
		return names
	}
	for _, section := range shared.Profiles {
		value := func(key string) string {
			p, _ := section.Get(key)
			return p.Value
		}
		session := value("sso_session")
		if session != s.Name || session == "" && value("sso_start_url") != s.StartURL {
			continue
		}
		key := [2]string{value("sso_account_id"), value("sso_role_name")}
		names[key] = append(names[key], section.Name)
	}
	return names
}
