package command

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/internal/configure"
	"github.com/latchkey-sso/latchkey/profile"
)

// configureAll writes a profile for each account and role.
func (a *app) configureAll(ctx context.Context, cmd *cobra.Command, f *configureFlags) error {
	p, err := a.sessionOfAll(ctx, cmd, f)
	if err != nil {
		return err
	}
	request := configure.Request{Session: p.Session.Name, Prune: f.prune, Before: keptSettings(p.Session.Name)}
	request.Settings = f.settings(cmd, request.Before)
	if _, err := configure.ParseTemplate(cmp.Or(request.Settings.Template, configure.DefaultTemplate)); err != nil {
		return &usageError{text: message(err), hint: cmd.CommandPath() + " --help"}
	}
	if request.Command, err = latchkeyCommand(); err != nil {
		return err
	}
	if err := a.signInAndKeep(ctx, p, f); err != nil {
		return err
	}
	chosen, total, err := a.listChosen(ctx, p, request.Settings.Filter)
	if err != nil {
		return err
	}
	if request.Prune && total == 0 {
		return errors.New("nothing was pruned: Identity Center lists no accounts")
	}
	request.Roles = configure.Roles(chosen)
	err = a.carryOut(ctx, f, request)
	for tries := 1; errors.Is(err, profile.ErrConflict) && a.unattended(f) && tries < 5; tries++ {
		err = a.carryOut(ctx, f, request)
	}
	return err
}

// listChosen lists the accounts and roles of p that the filter chooses. total is the number
// of accounts before the filter.
func (a *app) listChosen(ctx context.Context, p profile.SignIn, filter accounts.Filter) (chosen []accounts.Account, total int, err error) {
	d, err := a.directory(p, true)
	if err != nil {
		return nil, 0, err
	}
	all, err := a.listRoles(ctx, d, filter.Account)
	if err != nil {
		return nil, 0, err
	}
	known, err := d.Accounts(ctx)
	if err != nil {
		return nil, 0, err
	}
	chosen = filter.Apply(all)
	if len(chosen) == 0 && len(known) > 0 && len(filter.Exclude) == 0 { // a misspelled pattern must not prune every profile
		return nil, 0, &hintedError{errors.New("no role matches; nothing is changed"), "correct --account and --role; latchkey roles lists the roles"}
	}
	return chosen, len(known), nil
}

// sessionOfAll returns the sso-session to write profiles for.
func (a *app) sessionOfAll(ctx context.Context, cmd *cobra.Command, f *configureFlags) (profile.SignIn, error) {
	if f.startURL != "" {
		return a.newSession(ctx, f, f.startURL)
	}
	if _, names, _ := profile.Names(); len(names) == 0 && f.session == "" { // a new machine
		return a.askSession(ctx, f)
	}
	p, err := a.chooseSession(ctx, cmd, f.session)
	switch {
	case err != nil:
		return p, err
	case p.Session.Name == "":
		return p, &usageError{
			text: fmt.Sprintf("profile %q has no sso-session, which --all needs", p.Profile),
			hint: fmt.Sprintf("latchkey configure --all --start-url %s", quoted(p.Session.StartURL)),
		}
	}
	return profile.LoadSession(p.Session.Name)
}

// keptSettings returns the settings that an earlier run stored in the sso-session.
func keptSettings(session string) configure.Settings {
	shared, _ := profile.ReadAll() // a damaged line in another section does not matter
	if shared != nil {
		for _, s := range shared.Sessions {
			if s.Name == session {
				return configure.LoadSettings(getter(s))
			}
		}
	}
	return configure.Settings{}
}

func getter(s *profile.Section) func(key string) string {
	return func(key string) string {
		property, _ := s.Get(key)
		return property.Value
	}
}

// settings returns the stored settings with the changes that the flags ask for.
func (f *configureFlags) settings(cmd *cobra.Command, before configure.Settings) configure.Settings {
	s := before
	given := cmd.Flags().Changed
	if given("name") {
		s.Template = f.name
	}
	if given("region") {
		s.Region = f.region
	}
	if given("credential-process") {
		s.Process = f.process
	}
	if given("account") {
		s.Filter.Accounts = f.filter.Accounts
	}
	if given("role") {
		s.Filter.Roles = f.filter.Roles
	}
	if given("exclude") {
		s.Filter.Exclude = f.filter.Exclude
	}
	return s
}

// carryOut makes the plan, shows it, and writes the file unless a flag forbids it.
func (a *app) carryOut(ctx context.Context, f *configureFlags, request configure.Request) error {
	plan, edit, err := prepare(ctx, request)
	if err != nil {
		return err
	}
	text := unifiedDiff(edit)
	a.noteStale(plan)
	switch {
	case text == "":
		fmt.Fprintf(a.stderr, "Nothing to change: %s up to date.\n", count(plan.Unchanged, "profile is", "profiles are"))
		return nil
	case f.dryRun:
		_, err := io.WriteString(a.stdout, text)
		return err
	case f.check:
		fmt.Fprint(a.stderr, text)
		return fmt.Errorf("%s would change: %s", edit.Path, summary(plan))
	}
	if err := a.confirmWrite(ctx, f, edit.Path, text, plan); err != nil {
		return err
	}
	switch err := edit.Write(ctx); {
	case errors.Is(err, profile.ErrConflict):
		return changedMeanwhile(err)
	case err != nil:
		return err
	}
	fmt.Fprintf(a.stderr, "Wrote %s: %s.\n", edit.Path, summary(plan))
	return nil
}

// unattended reports whether the plan is carried out without asking the user, so that a new plan
// may replace it.
func (a *app) unattended(f *configureFlags) bool {
	if f.yes {
		return true
	}
	terminal, err := a.openTerminal()
	if err != nil {
		return true
	}
	terminal.Close()
	return false
}

// prepare makes the plan and the edit of the config file for it.
func prepare(ctx context.Context, request configure.Request) (*configure.Plan, *profile.PreparedEdit, error) {
	path, err := profile.ConfigPath()
	if err != nil {
		return nil, nil, err
	}
	planned, err := profile.PrepareEdit(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	shared, err := profile.ReadAll()
	if err != nil {
		return nil, nil, err
	}
	for _, s := range shared.Profiles {
		request.Profiles = append(request.Profiles, configure.Section{Name: s.Name, Get: getter(s), Foreign: s.File != path})
	}
	plan, err := configure.Make(request)
	if err != nil {
		return nil, nil, err
	}
	if len(plan.Conflicts) > 0 {
		return nil, nil, &usageError{
			text: "nothing was written because of these profiles:\n" + strings.Join(plan.Conflicts, "\n"),
			hint: "choose other names with --name, omit roles with --exclude, or rename the profiles in the file",
		}
	}
	edit, err := profile.PrepareEdit(ctx, path, profileChanges(request.Session, plan)...)
	if err == nil && !bytes.Equal(planned.Old, edit.Old) {
		err = changedMeanwhile(profile.ErrConflict)
	}
	return plan, edit, err
}

func changedMeanwhile(err error) error {
	return &hintedError{err, "run the same command again"}
}

// profileChanges returns the changes to the file for a plan.
func profileChanges(session string, plan *configure.Plan) []profile.Change {
	var changes []profile.Change
	for _, c := range plan.Changes {
		kind, name := profile.KindProfile, c.Profile
		if name == "" {
			kind, name = profile.KindSession, session
		}
		if c.Remove {
			changes = append(changes, profile.RemoveSection(kind, name))
			continue
		}
		var set []profile.Setting
		for _, s := range c.Settings {
			if s.Value == "" {
				changes = append(changes, profile.RemoveKey(kind, name, s.Key))
				continue
			}
			set = append(set, profile.Setting{Key: s.Key, Value: s.Value})
		}
		if len(set) > 0 {
			changes = append(changes, profile.Set(kind, name, set...))
		}
	}
	return changes
}
