package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/internal/textwidth"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// filterFlags are the flags that choose accounts and roles.
type filterFlags struct{ accounts.Filter }

func (f *filterFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.Accounts, "account", nil, "only accounts whose ID or name matches this `pattern`, such as 'prod-*'; repeatable")
	cmd.Flags().StringArrayVar(&f.Roles, "role", nil, "only roles whose name matches this `pattern`; repeatable")
	cmd.Flags().StringArrayVar(&f.Exclude, "exclude", nil, "leave out accounts, roles, and ACCOUNT/ROLE that match this `pattern`; repeatable")
}

// listFlags are the flags of the commands that print a list.
type listFlags struct {
	session              string
	json, quiet, refresh bool
}

func (f *listFlags) register(cmd *cobra.Command, quiet string) {
	cmd.Flags().StringVar(&f.session, "sso-session", "", "use this sso-session instead of the profile's")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, quiet)
	cmd.Flags().BoolVar(&f.refresh, "refresh", false, fmt.Sprintf("ignore the cached list, which is used for %d minutes", accounts.MaxAge/time.Minute))
}

// openDirectory returns the session to list, and its accounts and roles.
func (a *app) openDirectory(cmd *cobra.Command, f *listFlags) (profile.SignIn, *accounts.Directory, error) {
	if err := exclusive(cmd, "json", "quiet"); err != nil {
		return profile.SignIn{}, nil, err
	}
	p, err := a.chooseSession(cmd.Context(), cmd, f.session)
	if err != nil {
		return profile.SignIn{}, nil, err
	}
	d, err := a.directory(p, f.refresh)
	return p, d, err
}

// directory returns the accounts and roles of the session of p.
func (a *app) directory(p profile.SignIn, refresh bool) (*accounts.Directory, error) {
	source, err := a.tokenSource(p)
	if err != nil {
		return nil, err
	}
	client, err := ssoclient.Portal(p, a.clientConfig())
	if err != nil {
		return nil, err
	}
	return &accounts.Directory{
		Call: func(ctx context.Context, fn func(*sso.Client, string) error) error {
			tok, err := source.Token(ctx)
			if err != nil {
				return err
			}
			_, err = source.Do(ctx, tok, func(tok *tokencache.Token) error { return fn(client, string(tok.AccessToken)) })
			return err
		},
		Cache:   accounts.CacheFor(p.Session.CacheKey()),
		Refresh: refresh,
		Now:     a.now,
	}, nil
}

// listRoles lists the accounts that match, with their roles. It shows progress on stderr.
func (a *app) listRoles(ctx context.Context, d *accounts.Directory, match func(accounts.Account) bool) ([]accounts.Account, error) {
	meter := a.newMeter(os.Stderr)
	d.Progress, d.Throttled = meter.show, meter.throttled
	roles, s, err := untilSignal(ctx, func(ctx context.Context) ([]accounts.Account, error) {
		defer meter.clear()
		return d.Roles(ctx, match)
	}, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if s != nil {
		endBy(s)
		return nil, &interrupt.Error{Signal: s}
	}
	return roles, err
}

// printTable prints rows in aligned columns.
func (a *app) printTable(header []string, rows [][]string) error {
	widths := make([]int, len(header))
	rows = append([][]string{header}, rows...)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = oneLine(cell)
			widths[i] = max(widths[i], textwidth.Of(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += textwidth.Pad(cell, widths[i]) + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// printLines prints a row per line, with tabs between the fields, for scripts.
func (a *app) printLines(rows [][]string) error {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(strings.Join(row, "\t") + "\n")
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// noteNone prints why a table is empty.
func (a *app) noteNone(rows int, what string, filtered bool) {
	switch {
	case rows > 0:
	case filtered:
		fmt.Fprintf(a.stderr, "No %s match.\n", what)
	default:
		fmt.Fprintf(a.stderr, "This sign-in has no %s.\n", what)
	}
}

func (f *filterFlags) given() bool {
	return len(slices.Concat(f.Accounts, f.Roles, f.Exclude)) > 0
}
