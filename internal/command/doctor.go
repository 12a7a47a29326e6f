package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/doctor"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func (a *app) doctorCommand() *cobra.Command {
	var all, offline, asJSON, explain bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out why a profile does not work",
		Long: `Check everything between a profile and its credentials: files, settings, environment
variables, the sign-in, the network, the role and other tools.

Exit code 0 means that the profile works, 1 that it does not. The output contains no
secrets. doctor changes nothing, except that it refreshes an expired token, as other
commands do.`,
		Example: `  latchkey doctor --profile dev
  latchkey doctor --offline --json
  latchkey doctor --explain --profile dev   # which setting wins, and which credentials each tool uses`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if explain {
				return a.explain(asJSON)
			}
			return a.examine(cmd, doctor.Options{Profile: a.profile, All: all, Offline: offline}, asJSON)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also report problems in other profiles")
	cmd.Flags().BoolVar(&offline, "offline", false, "make no requests")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&explain, "explain", false, "show which setting of which file wins, and which credentials each tool uses")
	return cmd
}

func (a *app) examine(cmd *cobra.Command, opts doctor.Options, asJSON bool) error {
	opts.Open = a.store
	opts.Getenv, opts.Now, opts.Settings = os.Getenv, a.now, a.clientConfig()
	opts.WithToken, opts.Command, opts.LookPath = a.withToken, combinedOutput, exec.LookPath
	opts.Describe = func(err error) (text, fix string) { return message(err), hint(err) }
	opts.WithoutSignIn = withoutSignIn
	report := a.printResult
	results := []doctor.Result{}
	if asJSON {
		report = func(r doctor.Result) { results = append(results, r) }
	}
	good := doctor.Run(cmd.Context(), opts, report)
	if asJSON {
		if err := a.printJSON(results); err != nil {
			return err
		}
	}
	if !good {
		return errors.New("the profile does not work; see the checks that failed")
	}
	return nil
}

// printResult prints the result of a check, and the fix on the next line.
func (a *app) printResult(r doctor.Result) {
	message := r.Message
	switch {
	case r.Line > 0:
		message = fmt.Sprintf("%s:%d: %s", r.File, r.Line, message)
	case r.File != "":
		message = r.File + ": " + message
	}
	fmt.Fprintf(a.stdout, "%-8s %-12s %s\n", r.Status, r.Check, oneLine(message))
	if r.Fix != "" {
		fmt.Fprintf(a.stdout, "%-21s fix: %s\n", "", oneLine(r.Fix))
	}
}

func (a *app) withToken(ctx context.Context, p *profile.Profile, fn func(accessToken string) error) error {
	source, err := a.tokenSource(p.SignIn())
	if err != nil {
		return err
	}
	_, err = holdSignals(ctx, func(ctx context.Context) (*tokencache.Token, error) {
		tok, err := source.Token(ctx)
		if err != nil {
			return nil, err
		}
		return source.Do(ctx, tok, func(tok *tokencache.Token) error { return fn(string(tok.AccessToken)) })
	})
	return err
}

// combinedOutput runs a program and returns what it prints.
func combinedOutput(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() //nolint:gosec // G204: a program the doctor found on the PATH
	return strings.TrimSpace(string(out)), err
}

func (a *app) explain(asJSON bool) error {
	x, err := doctor.Explain(a.profile, os.Getenv)
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(x)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, s := range x.Settings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, oneLine(s.Value), oneLine(s.Source))
	}
	fmt.Fprintf(w, "\nWith AWS_PROFILE=%s, credentials come from:\n", oneLine(x.Profile))
	for _, tool := range x.Tools {
		fmt.Fprintf(w, "%s\t%s\n", tool.Name, tool.Credentials)
	}
	return w.Flush()
}

// printJSON prints a value as indented JSON.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
