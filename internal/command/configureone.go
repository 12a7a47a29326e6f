package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/internal/configure"
	"github.com/latchkey-sso/latchkey/internal/picker"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// configureOne writes a profile for one account and role.
func (a *app) configureOne(ctx context.Context, cmd *cobra.Command, f *configureFlags) error {
	p, err := a.sessionOfOne(ctx, f)
	if err != nil {
		return err
	}
	if err := a.signInAndKeep(ctx, p, f); err != nil {
		return err
	}
	role, err := a.chooseRole(ctx, p, f)
	if err != nil {
		return err
	}
	region := f.region
	if !cmd.Flags().Changed("region") {
		if region, err = a.askOr(ctx, "Region of the profile", p.Session.Region, checkRegion); err != nil {
			return err
		}
	}
	return a.writeProfile(ctx, p, role, region)
}

func (a *app) sessionOfOne(ctx context.Context, f *configureFlags) (profile.SignIn, error) {
	if f.startURL != "" {
		return a.newSession(ctx, f, f.startURL)
	}
	return a.askSession(ctx, f)
}

// signInAndKeep signs in and then writes the session to the config file. A session that
// rejects the sign-in is not written. With --no-input it is written without a sign-in, so that
// latchkey login can follow.
func (a *app) signInAndKeep(ctx context.Context, p profile.SignIn, f *configureFlags) error {
	err := a.ensureSignedIn(ctx, p, &f.login)
	if _, required := errors.AsType[*provider.LoginRequiredError](err); err != nil && !required {
		return err
	}
	return errors.Join(a.writeSession(ctx, p.Session), err)
}

// askOr asks for a line. Without a terminal it returns the preset.
func (a *app) askOr(ctx context.Context, prompt, preset string, check func(string) error) (string, error) {
	terminal, err := a.openTerminal()
	if err != nil {
		return preset, nil // as if the user had pressed Enter
	}
	defer terminal.Close()
	return a.askUntil(ctx, terminal, prompt, preset, check)
}

// chooseRole lets the user choose an account and a role that match the flags. It does not ask
// if only one matches.
func (a *app) chooseRole(ctx context.Context, p profile.SignIn, f *configureFlags) (configure.Role, error) {
	var none configure.Role
	d, err := a.directory(p, true)
	if err != nil {
		return none, err
	}
	account, err := a.chooseAccount(ctx, d, p, f)
	if err != nil {
		return none, err
	}
	found, err := a.listRoles(ctx, d, func(other accounts.Account) bool { return other.ID == account })
	if err != nil || len(found) == 0 {
		return none, err
	}
	var items []picker.Item
	for _, role := range found[0].Roles {
		if f.filter.Role(found[0], role) {
			items = append(items, picker.Item{ID: role, Name: role})
		}
	}
	name, err := a.chooseOrOnly(ctx, picker.Question{Prompt: "Role", Kind: "role", Items: items}, "--role")
	return configure.Role{AccountID: account, AccountName: found[0].Name, Name: name}, err
}

func (a *app) chooseAccount(ctx context.Context, d *accounts.Directory, p profile.SignIn, f *configureFlags) (id string, err error) {
	all, err := d.Accounts(ctx)
	if err != nil {
		return "", err
	}
	var items []picker.Item
	for _, account := range all {
		if f.filter.Account(account) {
			items = append(items, picker.Item{ID: account.ID, Name: firstOf(account.Name, account.ID), Detail: account.ID + "  " + account.Email})
		}
	}
	return a.chooseOrOnly(ctx, picker.Question{Prompt: "Account", Kind: "account " + p.Session.Name, Items: items}, "--account")
}

// chooseOrOnly returns the ID of the item that the user chooses, or of the only one.
func (a *app) chooseOrOnly(ctx context.Context, q picker.Question, flag string) (string, error) {
	switch len(q.Items) {
	case 0:
		return "", fmt.Errorf("no %s is assigned to you, or none matches", lowerFirst(q.Prompt))
	case 1:
		fmt.Fprintf(a.stderr, "%s: %s\n", q.Prompt, oneLine(q.Items[0].Name))
		return q.Items[0].ID, nil
	}
	return a.choose(ctx, q, &usageError{
		text: fmt.Sprintf("%d %ss match", len(q.Items), lowerFirst(q.Prompt)),
		hint: "choose one with " + flag,
	})
}

func lowerFirst(word string) string { return string(word[0]|0x20) + word[1:] }

// writeProfile writes the profile under a name that the user chooses.
func (a *app) writeProfile(ctx context.Context, p profile.SignIn, role configure.Role, region string) error {
	settings := []profile.Setting{
		{Key: "sso_session", Value: p.Session.Name},
		{Key: "sso_account_id", Value: role.AccountID},
		{Key: "sso_role_name", Value: role.Name},
	}
	if region != "" {
		settings = append(settings, profile.Setting{Key: "region", Value: region})
	}
	name, err := a.profileName(ctx, p, role, settings)
	if err != nil {
		return err
	}
	if exists, err := profileExists(name, settings); exists || err != nil {
		if err == nil {
			fmt.Fprintf(a.stderr, "Profile %q is up to date.\n", oneLine(name))
		}
		return err
	}
	path, err := a.edit(ctx, profile.Set(profile.KindProfile, name, settings...))
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "Wrote profile %q to %s. Try it:\n\n  latchkey exec --profile %s -- aws sts get-caller-identity\n", oneLine(name), path, quoted(oneLine(name)))
	return nil
}

// profileName returns the name of --profile, or one that the user chooses and that no other
// profile has.
func (a *app) profileName(ctx context.Context, p profile.SignIn, role configure.Role, settings []profile.Setting) (string, error) {
	if a.profile != "" {
		return a.profile, nil
	}
	template, err := configure.ParseTemplate(configure.DefaultTemplate)
	if err != nil {
		return "", err
	}
	return a.askOr(ctx, "Name of the profile", template.Name(role, p.Session.Name), func(name string) error {
		_, err := profileExists(name, settings)
		return err
	})
}

// profileExists reports whether there is a profile of that name with these settings. It fails
// if the profile has other settings.
func profileExists(name string, settings []profile.Setting) (bool, error) {
	shared, err := profile.ReadAll()
	if err != nil {
		return false, err
	}
	for _, s := range shared.Profiles {
		if s.Name != name {
			continue
		}
		for _, want := range settings {
			if property, _ := s.Get(want.Key); property.Value != want.Value {
				return true, &usageError{
					text: fmt.Sprintf("profile %q already exists at %s:%d", name, s.File, s.Line),
					hint: "choose another name with --profile",
				}
			}
		}
		return true, nil
	}
	return false, nil
}
