package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/configure"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// configureFlags are the flags of configure.
type configureFlags struct {
	session, startURL, ssoRegion string
	name, region                 string
	all, process                 bool
	prune, dryRun, check, yes    bool

	filter filterFlags
	login  loginFlags
}

func (a *app) configureCommand() *cobra.Command {
	f := &configureFlags{}
	cmd := &cobra.Command{
		Use:   "configure",
		Short: "Sign in and write profiles to the AWS config file",
		Long: `Write a profile for one account and role to the AWS config file, and the sso-session
it uses. configure asks on the terminal for anything that the flags do not set.

With --all, write a profile for each account and role. --name is a template with the
placeholders {account_name}, {account_id}, {email}, {role_name} and {session};
{account_name|lower} is the name in lower case. The sso-session keeps --name, --region,
--credential-process and the patterns for the next run. configure changes only the
profiles that it wrote, marked with the key latchkey_managed, and keeps your changes to
them.`,
		Example: `  latchkey configure
  latchkey configure --all --sso-session corp --role 'Admin*' --dry-run
  latchkey configure --all --sso-session corp --prune --no-input`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.checkFlags(cmd); err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			run := a.configureOne
			if f.all {
				run = a.configureAll
			}
			err := run(ctx, cmd, f)
			if err != nil && ctx.Err() != nil {
				return interrupt.Cause(ctx)
			}
			return err
		},
	}
	f.register(cmd)
	return cmd
}

func (f *configureFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.all, "all", false, "write a profile for each account and role")
	flags.StringVar(&f.session, "sso-session", "", "the sso-session to use, or the name for a new one")
	flags.StringVar(&f.startURL, "start-url", "", "the start URL of a new sso-session, such as https://d-1234567890.awsapps.com/start")
	flags.StringVar(&f.ssoRegion, "sso-region", "", "the region of Identity Center (default: found through the start URL)")
	flags.StringVar(&f.region, "region", "", "the region of the profiles")
	flags.StringVar(&f.name, "name", "", "with --all, a template for profile names (default: "+configure.DefaultTemplate+")")
	flags.BoolVar(&f.process, "credential-process", false, "with --all, write credential_process, for tools that do not support sso-session")
	flags.BoolVar(&f.prune, "prune", false, "with --all, remove profiles from earlier runs whose role is no longer assigned or selected")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --all, print the changes without writing them")
	flags.BoolVar(&f.check, "check", false, "with --all, write nothing, and exit with code 1 if anything would change")
	flags.BoolVarP(&f.yes, "yes", "y", false, "with --all, write without asking")
	f.filter.register(cmd)
	f.login.register(cmd)
}

// checkFlags rejects flags that cannot be used together.
func (f *configureFlags) checkFlags(cmd *cobra.Command) error {
	if err := exclusive(cmd, "dry-run", "check"); err != nil {
		return err
	}
	for _, name := range []string{"name", "credential-process", "prune", "dry-run", "check", "yes"} {
		if cmd.Flags().Changed(name) && !f.all {
			return &usageError{text: fmt.Sprintf("--%s needs --all", name), hint: cmd.CommandPath() + " --help"}
		}
	}
	if cmd.Flags().Changed("profile") && f.all {
		return &usageError{text: "--profile and --all cannot be used together", hint: "choose profile names with --name, and the session with --sso-session"}
	}
	return f.login.check(cmd)
}

// ensureSignedIn signs in unless there is a valid token.
func (a *app) ensureSignedIn(ctx context.Context, p profile.SignIn, f *loginFlags) error {
	signedIn, err := a.signedIn(ctx, p)
	switch {
	case signedIn || err != nil:
		return err
	case a.noInput:
		return &provider.LoginRequiredError{Profile: p.Profile, Session: p.Session.Name, StartURL: p.Session.StartURL, Reason: "not signed in"}
	}
	return a.login(ctx, p, f)
}

// edit changes the shared config file and returns its path.
func (a *app) edit(ctx context.Context, changes ...profile.Change) (path string, err error) {
	path, err = profile.ConfigPath()
	if err != nil {
		return "", err
	}
	return path, profile.Edit(ctx, path, changes...)
}

// latchkeyCommand returns the command that runs this program: its name if it is in PATH, else its
// path.
func latchkeyCommand() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	name := strings.TrimSuffix(filepath.Base(self), ".exe")
	if found, err := exec.LookPath(name); err == nil && sameFile(found, self) {
		return name, nil
	}
	return programInProcess(self), nil
}

// programInProcess returns the path of a program as a credential_process starts with it.
func programInProcess(path string) string {
	path = withoutBlanks(path)
	if strings.Contains(path, " ") {
		path = `"` + path + `"`
	}
	return path
}

func sameFile(a, b string) bool {
	x, xerr := os.Stat(a)
	y, yerr := os.Stat(b)
	return xerr == nil && yerr == nil && os.SameFile(x, y)
}
