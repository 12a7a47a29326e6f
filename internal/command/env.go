package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/latchkey-sso/latchkey/internal/shellenv"
	"github.com/latchkey-sso/latchkey/profile"
)

// envFlags are the flags of latchkey env.
type envFlags struct {
	shell, format      string
	unset, profileOnly bool
}

func (a *app) envCommand() *cobra.Command {
	var f envFlags
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the credentials of a profile as environment variables",
		Long: `Print commands for the current shell that set the credentials, the account and the
region of a profile, and unset variables that would make AWS SDKs use other credentials.

--format prints the output of aws configure export-credentials, which has no account
and no region.`,
		Example: `  eval "$(latchkey env --profile dev)"                       # bash, zsh
  latchkey env --profile dev | source                        # fish
  latchkey env -p dev | Out-String | Invoke-Expression       # PowerShell
  latchkey env -p dev --shell nushell | from json | load-env
  latchkey env -p dev --shell dotenv > dev.env               # docker run --env-file
  eval "$(latchkey env --profile-only -p dev)"               # only AWS_PROFILE and the region
  eval "$(latchkey env --unset)"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, pair := range [][2]string{{"shell", "format"}, {"unset", "format"}, {"profile-only", "format"}, {"unset", "profile-only"}} {
				if err := exclusive(cmd, pair[0], pair[1]); err != nil {
					return err
				}
			}
			text, err := a.envText(cmd.Context(), f)
			if err != nil {
				return err
			}
			_, err = io.WriteString(a.stdout, text)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.shell, "shell", "auto", "the shell or format: auto, "+strings.Join(shellenv.Names(), ", "))
	flags.StringVar(&f.format, "format", "", "a format of aws configure export-credentials: "+strings.Join(exportFormats, ", "))
	flags.BoolVar(&f.unset, "unset", false, "unset the variables")
	flags.BoolVar(&f.profileOnly, "profile-only", false, "set only AWS_PROFILE and the region")
	_ = cmd.RegisterFlagCompletionFunc("shell", cobra.FixedCompletions(append([]string{"auto"}, shellenv.Names()...), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(exportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) envText(ctx context.Context, f envFlags) (string, error) {
	if f.format != "" {
		return a.exportText(ctx, f.format)
	}
	shell, err := parseShell(f.shell)
	if err != nil {
		return "", err
	}
	change, err := a.envChange(ctx, f)
	if err != nil {
		return "", err
	}
	a.sayHowToLoad(shell)
	return shell.Format(change)
}

// sayHowToLoad tells a user who runs env in a terminal how to apply its output.
func (a *app) sayHowToLoad(shell shellenv.Shell) {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return
	}
	words := []string{"latchkey"}
	for _, arg := range os.Args[1:] {
		words = append(words, shell.Quote(arg))
	}
	if load := shell.Load(strings.Join(words, " ")); load != "" {
		fmt.Fprintf(a.stderr, "%s", shell.Comment("To apply this, run: "+oneLine(load)))
	}
}

func (a *app) envChange(ctx context.Context, f envFlags) (shellenv.Change, error) {
	switch {
	case f.unset:
		return shellenv.Change{Unset: slices.Concat(credentialVariables, regionVariables)}, nil
	case f.profileOnly:
		p, err := a.load()
		if err != nil {
			return shellenv.Change{}, err
		}
		return profileEnvironment(p), nil
	}
	if err := a.pickProfile(ctx); err != nil {
		return shellenv.Change{}, err
	}
	source, err := a.credentials(a.profile)
	if err != nil {
		return shellenv.Change{}, err
	}
	creds, err := a.lastingCredentials(ctx, source)
	return keyEnvironment(source, creds), err
}

// profileEnvironment returns the change that selects a profile. If it has no region, the region
// variables are unset too, since they may belong to another profile.
func profileEnvironment(p *profile.Profile) shellenv.Change {
	change := environmentOf(p.Region, shellenv.Variable{Name: "AWS_PROFILE", Value: p.Name})
	if p.Region == "" {
		change.Unset = append(change.Unset, regionVariables...)
	}
	return change
}

// exportFormats are the formats of aws configure export-credentials.
var exportFormats = []string{"process", "env", "env-no-export", "fish", "powershell", "windows-cmd"}

// exportText returns the credentials byte for byte as aws configure export-credentials prints them.
func (a *app) exportText(ctx context.Context, format string) (string, error) {
	if !slices.Contains(exportFormats, format) {
		return "", &usageError{text: fmt.Sprintf("unknown format %q", format), hint: "choose one of " + strings.Join(exportFormats, ", ")}
	}
	source, err := a.credentials(a.profile)
	if err != nil {
		return "", err
	}
	creds, err := a.lastingCredentials(ctx, source)
	if err != nil {
		return "", err
	}
	if format == "process" {
		return exportProcess(creds)
	}
	line := map[string]string{
		"env":           "export %s=%s\n",
		"env-no-export": "%s=%s\n",
		"fish":          "set -gx %s \"%s\"\n",
		"powershell":    "$Env:%s=\"%s\"\n",
		"windows-cmd":   "set %s=%s\n",
	}[format]
	var b strings.Builder
	for _, v := range keyVariables(creds) {
		if v.Name == "AWS_CREDENTIAL_EXPIRATION" {
			v.Value = isoFormat(creds.Expires)
		}
		if strings.Trim(v.Value, keyCharacters) != "" {
			return "", &hintedError{errors.New("format " + format + " cannot quote the value of " + v.Name), "use --shell instead of --format"}
		}
		fmt.Fprintf(&b, line, v.Name, v.Value)
	}
	return b.String(), nil
}

// keyCharacters are the characters of keys, tokens and times. None of them is special in a shell.
const keyCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=:-._"

// isoFormat formats a time as datetime.isoformat of Python does.
func isoFormat(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

func exportProcess(creds aws.Credentials) (string, error) {
	text, err := json.MarshalIndent(struct {
		Version         int
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      string
	}{1, creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken, isoFormat(creds.Expires)}, "", "  ")
	return string(text) + "\n", err
}
