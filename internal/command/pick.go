package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/picker"
	"github.com/latchkey-sso/latchkey/profile"
)

// openTerminal returns the terminal for questions. The error is picker.ErrNoTerminal if there
// is none, or with --no-input.
func (a *app) openTerminal() (*picker.Terminal, error) {
	if a.noInput {
		return nil, picker.ErrNoTerminal
	}
	return picker.Open(os.Getenv)
}

func (a *app) hasTerminal() bool {
	terminal, err := a.openTerminal()
	if err != nil {
		return false
	}
	terminal.Close()
	return true
}

// choose lets the user choose one of the items and returns its ID. Without a terminal it
// returns the error missing, which should name a flag.
func (a *app) choose(ctx context.Context, q picker.Question, missing error) (string, error) {
	terminal, err := a.openTerminal()
	if err != nil {
		return "", missing
	}
	defer terminal.Close()
	index, err := terminal.Choose(ctx, q)
	if err != nil {
		return "", pickerError(err)
	}
	return q.Items[index].ID, nil
}

// pickerError turns an error of package picker into one with the right exit code.
func pickerError(err error) error {
	var unknown *picker.UnknownPickerError
	switch {
	case errors.As(err, &unknown):
		return &usageError{text: unknown.Error(), hint: "unset LATCHKEY_PICKER"}
	case errors.Is(err, exec.ErrNotFound):
		return &usageError{text: message(err), hint: "install fzf, or unset LATCHKEY_PICKER"}
	}
	return err
}

// chooseSession returns the session of --sso-session or of the selected profile. If neither
// is given, it returns the only session in the config file, or asks the user.
func (a *app) chooseSession(ctx context.Context, cmd *cobra.Command, session string) (profile.SignIn, error) {
	p, _, err := a.signInOr(cmd, session, func(names []string) (string, error) {
		return a.choose(ctx, sessionQuestion(names), severalSessions(names, "choose one with --sso-session"))
	})
	return p, err
}

// signInOr returns the session of --sso-session or of the selected profile, and that profile. If
// neither is given, it returns the only session in the config file, or the one of several that
// choose names.
func (a *app) signInOr(cmd *cobra.Command, session string, choose func(names []string) (string, error)) (profile.SignIn, *profile.Profile, error) {
	signIn, p, err := a.signIn(cmd, session)
	if err == nil || cmd.Flags().Changed("sso-session") || a.profile != "" || profile.Name(nil) != "default" {
		return signIn, p, err
	}
	_, names, _ := profile.Names() // a damaged line in another section does not matter
	if len(names) == 0 {
		return signIn, p, err
	}
	name := names[0]
	if len(names) > 1 {
		if name, err = choose(names); err != nil {
			return profile.SignIn{}, nil, err
		}
	}
	signIn, err = profile.LoadSession(name)
	return signIn, nil, err
}

func severalSessions(names []string, hint string) error {
	return &usageError{text: "there are several sso-sessions: " + strings.Join(names, ", "), hint: hint}
}

func sessionQuestion(names []string) picker.Question {
	q := picker.Question{Prompt: "Session", Kind: "session"}
	for _, name := range names {
		item := picker.Item{ID: name, Name: name}
		if p, err := profile.LoadSession(name); err == nil {
			item.Detail = p.Session.StartURL
		}
		q.Items = append(q.Items, item)
	}
	return q
}

// pickProfile selects a profile if none is selected and the default profile has no credentials: the
// only one that signs in, or the one that the user chooses. Without a terminal it does nothing.
func (a *app) pickProfile(ctx context.Context) error {
	if a.profile != "" || profile.Name(nil) != "default" {
		return nil
	}
	if p, err := a.load(); err == nil && (p.Session != nil || p.RoleARN != "" || p.OtherCredentials != "") {
		return nil
	}
	q := signInProfiles()
	if len(q.Items) == 0 || !a.hasTerminal() {
		return nil // the error about the default profile says more
	}
	name, err := a.chooseOrOnly(ctx, q, "--profile")
	if err == nil {
		a.profile = name
	}
	return err
}

// signInProfiles offers the profiles with credentials from Identity Center.
func signInProfiles() picker.Question {
	usable := map[string]bool{}
	for p, err := range profile.All() {
		if p == nil {
			break
		}
		usable[p.Name] = err == nil && checkSignIn(&profileCredentials{profile: p, signIn: p.Origin()}) == nil
	}
	q := profileQuestion()
	q.Items = slices.DeleteFunc(q.Items, func(item picker.Item) bool { return !usable[item.ID] })
	return q
}

// profileQuestion offers the profiles that have credentials.
func profileQuestion() picker.Question {
	q := picker.Question{Prompt: "Profile", Kind: "profile"}
	shared, _ := profile.ReadAll() // a damaged line in another section does not matter
	if shared == nil {
		return q
	}
	for _, section := range shared.Profiles {
		if detail, ok := credentialsIn(section); ok {
			q.Items = append(q.Items, picker.Item{ID: section.Name, Name: section.Name, Detail: detail})
		}
	}
	return q
}

// credentialsIn describes where the credentials of a profile come from.
func credentialsIn(section *profile.Section) (detail string, ok bool) {
	value := func(key string) string {
		p, _ := section.Get(key)
		return p.Value
	}
	switch {
	case value("role_arn") != "":
		return value("role_arn"), true
	case value("sso_account_id") != "":
		return fmt.Sprintf("%s  %s", value("sso_account_id"), value("sso_role_name")), true
	case value("credential_process") != "":
		return "credential_process", true
	}
	return "", false
}
