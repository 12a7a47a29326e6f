package command

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/shellenv"
	"github.com/latchkey-sso/latchkey/profile"
)

// shellFunctions holds the function lk for each shell.
//
//go:embed shell
var shellFunctions embed.FS

var initShells = []string{"bash", "zsh", "fish", "pwsh"}

func (a *app) shellInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "shell-init bash|zsh|fish|pwsh",
		Short: "Print a shell function that switches profiles, and completions",
		Long: `Print the function lk, which switches the profile of a shell, and the completions of latchkey:

  lk dev         use profile dev: set AWS_PROFILE and the region
  lk             choose a profile
  lk -           go back to the previous profile
  lk --off       use no profile
  lk dev --keys  set credentials instead, for tools that do not support profiles

Add it to the startup file of your shell. Latchkey does not edit that file.`,
		Example: `  eval "$(latchkey shell-init bash)"                # ~/.bashrc
  eval "$(latchkey shell-init zsh)"                 # ~/.zshrc, after compinit
  latchkey shell-init fish | source                 # ~/.config/fish/config.fish
  latchkey shell-init pwsh | Out-String | Invoke-Expression  # $PROFILE`,
		ValidArgs: initShells,
		Args:      a.oneShell,
		RunE: func(cmd *cobra.Command, args []string) error {
			script, err := shellFunctions.ReadFile("shell/" + args[0])
			if err != nil {
				return err
			}
			if _, err := a.stdout.Write(script); err != nil {
				return err
			}
			return a.printCompletion(cmd.Root(), args[0])
		},
	}
}

func (a *app) oneShell(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && cobra.OnlyValidArgs(cmd, args) == nil {
		return nil
	}
	text := fmt.Sprintf("%s needs the name of a shell", cmd.CommandPath())
	if len(args) > 0 {
		text = fmt.Sprintf("%s does not know the shell %q", cmd.CommandPath(), strings.Join(args, " "))
	}
	return &usageError{text: text, hint: "choose one of " + strings.Join(initShells, ", ")}
}

// printCompletion prints the completions. In zsh, they work only after compinit.
func (a *app) printCompletion(root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(a.stdout, true)
	case "fish":
		return root.GenFishCompletion(a.stdout, true)
	case "pwsh":
		return root.GenPowerShellCompletionWithDesc(a.stdout)
	}
	if _, err := io.WriteString(a.stdout, "if (( $+functions[compdef] )); then\n"); err != nil {
		return err
	}
	if err := root.GenZshCompletion(a.stdout); err != nil {
		return err
	}
	_, err := io.WriteString(a.stdout, "fi\n")
	return err
}

// previousVariable holds the profile that the shell used before.
const previousVariable = "LATCHKEY_PREVIOUS_PROFILE"

// switchCommand returns the command that the function lk runs.
func (a *app) switchCommand() *cobra.Command {
	var shell string
	var off, keys bool
	cmd := &cobra.Command{
		Use:               "switch [profile | -]",
		Short:             "Print the commands that switch the profile of a shell, for the function lk",
		Hidden:            true,
		ValidArgsFunction: completeProfiles,
		Args:              cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			into, err := parseShell(shell)
			if err != nil {
				return err
			}
			change, err := a.switchProfile(cmd, args, off, keys)
			if err != nil {
				return hintForLK(err)
			}
			text, err := into.Format(change)
			if err != nil {
				return err
			}
			_, err = io.WriteString(a.stdout, text)
			return err
		},
	}
	cmd.Flags().StringVar(&shell, "shell", "auto", "what reads the output")
	cmd.Flags().BoolVar(&off, "off", false, "use no profile")
	cmd.Flags().BoolVar(&keys, "keys", false, "set the credentials, not AWS_PROFILE")
	return cmd
}

func (a *app) switchProfile(cmd *cobra.Command, args []string, off, keys bool) (shellenv.Change, error) {
	if off && (len(args) > 0 || keys) {
		return shellenv.Change{}, &usageError{text: "--off takes no profile and no other flag", hint: "lk --off"}
	}
	current := firstOf(os.Getenv("AWS_PROFILE"), os.Getenv(profileVariable))
	var change shellenv.Change
	name := ""
	var err error
	if off {
		change, err = a.envChange(cmd.Context(), envFlags{unset: true})
	} else if name, err = a.switchTo(cmd, args); err == nil {
		a.profile = name
		change, err = a.envChange(cmd.Context(), envFlags{profileOnly: !keys})
	}
	if err == nil && current != "" && current != name {
		change.Set = append(change.Set, shellenv.Variable{Name: previousVariable, Value: current})
	}
	return change, err
}

// hintForLK replaces the hint to select a profile with --profile, which lk does not have.
func hintForLK(err error) error {
	conf, ok := errors.AsType[*profile.Error](err)
	if !ok || conf.Fix != "" || !errors.Is(err, profile.ErrNotFound) || len(conf.Similar) == 0 {
		return err
	}
	if len(conf.Similar) > 1 {
		return &hintedError{err, "lk NAME"}
	}
	return &hintedError{err, "lk " + quoted(conf.Similar[0])}
}

// switchTo returns the name of the profile to switch to.
func (a *app) switchTo(cmd *cobra.Command, args []string) (string, error) {
	switch {
	case len(args) == 0 && a.profile != "":
		return a.profile, nil
	case len(args) == 0:
		return a.choose(cmd.Context(), profileQuestion(), &usageError{text: "there is no terminal to choose a profile", hint: "lk NAME"})
	case args[0] != "-":
		return args[0], nil
	}
	previous := os.Getenv(previousVariable)
	if previous == "" {
		return "", &usageError{text: "there is no previous profile", hint: "lk NAME"}
	}
	return previous, nil
}
