package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/latchkey-sso/latchkey/internal/configure"
	"github.com/latchkey-sso/latchkey/profile"
)

// confirmWrite shows the changes on a terminal and asks for confirmation.
func (a *app) confirmWrite(ctx context.Context, f *configureFlags, path, text string, plan *configure.Plan) error {
	if f.yes {
		return nil
	}
	terminal, err := a.openTerminal()
	if err != nil {
		return nil // scripts use --dry-run
	}
	defer terminal.Close()
	lines := strings.SplitAfter(text, "\n")
	const most = 200
	fmt.Fprint(a.stderr, strings.Join(lines[:min(len(lines), most)], ""))
	if more := len(lines) - most; more > 0 {
		fmt.Fprintf(a.stderr, "... and %d more lines; --dry-run prints all\n", more)
	}
	yes, err := terminal.Confirm(ctx, fmt.Sprintf("Write %s: %s?", path, summary(plan)))
	switch {
	case err != nil:
		return pickerError(err)
	case !yes:
		return errors.New("nothing was written")
	}
	return nil
}

// noteStale reports stale profiles of earlier runs that are not removed.
func (a *app) noteStale(plan *configure.Plan) {
	var stale []string
	for _, s := range plan.Stale {
		if s.UsedBy != "" {
			fmt.Fprintf(a.stderr, "Keeping stale profile %q: it is the source_profile of %q.\n", s.Profile, s.UsedBy)
			continue
		}
		stale = append(stale, s.Profile)
	}
	if len(stale) > 0 {
		fmt.Fprintf(a.stderr, "%s stale (see --prune): %s\n", count(len(stale), "profile is", "profiles are"), oneLine(strings.Join(stale, ", ")))
	}
}

// summary counts the profiles that a plan changes.
func summary(plan *configure.Plan) string {
	var added, changed, removed int
	for _, c := range plan.Changes {
		switch {
		case c.Profile == "":
		case c.Remove:
			removed++
		case c.New:
			added++
		default:
			changed++
		}
	}
	return fmt.Sprintf("%s added, %d changed, %d removed, %d unchanged", count(added, "profile", "profiles"), changed, removed, plan.Unchanged)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// unifiedDiff returns the changes of an edit as a unified diff, empty if there are none.
func unifiedDiff(e *profile.PreparedEdit) string {
	text := diff.Diff(e.Path, e.Old, e.Path, e.New)
	_, text, _ = bytes.Cut(text, []byte("\n")) // the command line of a diff
	return string(text)
}
