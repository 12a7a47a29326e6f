package picker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

// Exit codes of fzf if nothing was chosen.
const fzfNoMatch, fzfInterrupted = 1, 130

// fzf runs fzf, which opens the terminal itself. FZF_DEFAULT_OPTS applies. A signal ends fzf too.
func (t *Terminal) fzf(ctx context.Context, prompt string, l *list) (int, error) {
	ctx, stop := interrupt.Notify(ctx, endingSignals...)
	defer stop()
	cmd := exec.CommandContext(ctx, "fzf", //nolint:gosec // the prompt is ours
		"--delimiter=\t", "--with-nth=2..", "--tiebreak=index", "--height=12", "--layout=reverse",
		"--prompt="+textwidth.Printable(prompt)+": ")
	cmd.Stdin, cmd.Stderr = fzfInput(l), os.Stderr
	cmd.Cancel = func() error { return terminate(cmd.Process) }
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, interrupt.Cause(ctx)
	case errors.As(err, &exit) && (exit.ExitCode() == fzfNoMatch || exit.ExitCode() == fzfInterrupted):
		return 0, ErrCanceled
	case err != nil:
		return 0, fmt.Errorf("picker: run fzf (LATCHKEY_PICKER): %w", err)
	}
	first, _, _ := strings.Cut(string(out), "\t")
	index, err := strconv.Atoi(first)
	if err != nil || index < 0 || index >= len(l.entries) {
		return 0, errors.New("picker: fzf did not print one of its input lines")
	}
	return index, nil
}

// fzfInput returns a line for each item: its index, which fzf hides, and its text.
func fzfInput(l *list) *bytes.Buffer {
	column := 0
	for _, e := range l.entries {
		column = max(column, textwidth.Of(e.name))
	}
	var b bytes.Buffer
	for _, e := range l.entries {
		text := strings.TrimRight(textwidth.Pad(e.name, column)+"  "+e.detail, " ")
		fmt.Fprintf(&b, "%d\t%s\n", e.index, text)
	}
	return &b
}
