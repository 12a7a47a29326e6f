package command

import (
	"errors"
	"fmt"
	"os/exec"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/picker"
)

func TestPickerError(t *testing.T) {
	for _, tt := range []struct {
		err  error
		code int
		hint string
	}{
		{picker.ErrCanceled, 130, ""},
		{&picker.UnknownPickerError{Name: "skim"}, exitUsage, "unset LATCHKEY_PICKER"},
		{fmt.Errorf("picker: run fzf: %w", exec.ErrNotFound), exitUsage, "install fzf, or unset LATCHKEY_PICKER"},
		{errors.New("other"), exitFailed, ""},
	} {
		err := pickerError(tt.err)
		if code, hint := exitCode(err), hint(err); code != tt.code || hint != tt.hint {
			t.Errorf("%v: exit code %d and hint %q, want %d and %q", tt.err, code, hint, tt.code, tt.hint)
		}
	}
}
