package command

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/profile"
)

func (a *app) listCommand() *cobra.Command {
	var asJSON, quiet bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles, and whether credentials are available",
		Long: `List the profiles in the AWS config files: where their credentials come from, the
account and the role, and whether credentials are available. No request is sent.

  ready           credentials are available
  login required  sign in first
  unavailable     the token store cannot be read; --json shows why
  invalid         the profile has a mistake; --json shows it
  not checked     the credentials do not come from Identity Center`,
		Example: `  latchkey list
  latchkey list --json | jq -r '.[] | select(.credentials == "ready") | .profile'
  latchkey list --quiet | fzf`,
		Args: noArgsOrProfile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := exclusive(cmd, "json", "quiet"); err != nil {
				return err
			}
			if quiet {
				return a.printNames()
			}
			all, err := a.listProfiles(cmd)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.printJSON(all)
			}
			return a.printProfiles(all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print the names only")
	return cmd
}

// The values of listedProfile.Credentials.
const (
	credentialsReady       = "ready"
	credentialsLogin       = "login required"
	credentialsUnavailable = "unavailable"
	credentialsInvalid     = "invalid"
	credentialsUnknown     = "not checked"
)

// listedProfile is a profile in the output of list --json.
type listedProfile struct {
	Profile     string `json:"profile"`
	Kind        string `json:"kind"`
	Session     string `json:"session,omitempty"`
	AccountID   string `json:"accountId,omitempty"`
	Role        string `json:"role,omitempty"`
	Source      string `json:"sourceProfile,omitempty"`
	Region      string `json:"region,omitempty"`
	Credentials string `json:"credentials"`
	Problem     string `json:"problem,omitempty"`
	File        string `json:"file"`
	Line        int    `json:"line"`
}

func (a *app) listProfiles(cmd *cobra.Command) ([]listedProfile, error) {
	all := []listedProfile{}
	state := a.signInState(cmd)
	for p, err := range profile.All() {
		if p == nil {
			return nil, err
		}
		listed := describeProfile(p)
		switch {
		case err != nil:
			listed.Credentials, listed.Problem = credentialsInvalid, problemOf(err)
		case listed.Credentials == "":
			listed.Credentials, listed.Problem = state(p)
		}
		all = append(all, listed)
	}
	return all, nil
}

// problemOf returns the text of an error without the file and the line.
func problemOf(err error) string {
	if bad, ok := errors.AsType[*profile.Error](err); ok {
		return bad.Reason
	}
	return message(err)
}

// describeProfile describes a profile. It leaves Credentials empty if they depend on a sign-in.
func describeProfile(p *profile.Profile) listedProfile {
	l := listedProfile{
		Profile: p.Name, AccountID: p.AccountID, Role: p.RoleName, Region: p.Region,
		File: p.File, Line: p.Line, Credentials: credentialsUnknown,
	}
	origin := p.Origin()
	if origin.Session != nil {
		l.Session = cmp.Or(origin.Session.Name, origin.Session.StartURL)
		l.Credentials = ""
	}
	switch {
	case p.RoleARN != "":
		l.Kind, l.AccountID, l.Role = "assumed role", assumerole.AccountID(p.RoleARN), assumerole.RoleName(p.RoleARN)
		if p.SourceProfile != nil {
			l.Source = p.SourceProfile.Name
		}
	case p.Session != nil && p.AccountID == "":
		l.Kind = "SSO token"
	case p.Session != nil:
		l.Kind = "SSO"
	case p.OtherCredentials != "":
		l.Kind = p.OtherCredentials
	default:
		l.Kind, l.Credentials = "none", "none"
	}
	return l
}

// signInState returns a function that returns whether credentials of a profile are available. It
// reads each token once.
func (a *app) signInState(cmd *cobra.Command) func(*profile.Profile) (state, problem string) {
	seen := map[string]status{}
	return func(p *profile.Profile) (state, problem string) {
		origin := p.Origin()
		key := origin.Session.CacheKey()
		st, ok := seen[key]
		if !ok {
			var err error
			if st, err = a.statusOf(cmd, origin.SignIn(), nil); err != nil {
				st.problem = message(err)
			}
			seen[key] = st
		}
		switch st.State {
		case stateSignedIn:
			return credentialsReady, ""
		case "":
			return credentialsUnavailable, st.problem
		}
		return credentialsLogin, st.problem
	}
}

func (a *app) printProfiles(all []listedProfile) error {
	var rows [][]string
	for _, l := range all {
		rows = append(rows, []string{l.Profile, l.Kind, l.AccountID, l.Role, l.Region, l.Credentials})
	}
	if len(rows) == 0 {
		fmt.Fprintln(a.stderr, "There are no profiles. Write one with latchkey configure.")
		return nil
	}
	return a.printTable([]string{"PROFILE", "KIND", "ACCOUNT", "ROLE", "REGION", "CREDENTIALS"}, rows)
}

// printNames prints the names of the profiles that are printable, one per line.
func (a *app) printNames() error {
	names, _, err := profile.Names()
	if len(names) == 0 && err != nil {
		return err
	}
	var rows [][]string
	for _, name := range completions(names) {
		rows = append(rows, []string{name})
	}
	return a.printLines(rows)
}
