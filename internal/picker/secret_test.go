package picker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAskSecret(t *testing.T) {
	for typed, tt := range map[string]struct {
		secret string
		err    error
	}{
		"correct horse\r":     {"correct horse", nil},
		" spaces \rmore":      {" spaces ", nil},
		"\r":                  {"", nil},
		"wrong\x15right\r":    {"right", nil},
		"pässsword\x7f\x7f\r": {"pässswo", nil},
		"arrow\x1b[A\x1b[D\r": {"arrow", nil},
		"secret\x03":          {"", ErrCanceled},
		"secret\x1b":          {"", ErrCanceled},
		"secret":              {"", ErrCanceled},
	} {
		d := newDesk(t, strings.NewReader(typed), nil)
		secret, err := d.AskSecret(t.Context(), "Passphrase")
		if secret != tt.secret || !errors.Is(err, tt.err) {
			t.Errorf("typed %q: %q, %v", typed, secret, err)
		}
		if diff := cmp.Diff([]string{"Passphrase:"}, d.screen.screen()); diff != "" || d.raw != 1 || d.restored != 1 {
			t.Errorf("typed %q: restored %d of %d times; on the screen: %s", typed, d.restored, d.raw, diff)
		}
	}
}

func TestAskSecretContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := newDesk(t, silent{}, nil)
	if _, err := d.AskSecret(ctx, "Passphrase"); !errors.Is(err, ErrCanceled) || d.restored != 1 {
		t.Errorf("error %v, restored %d times", err, d.restored)
	}
}

// silent is a user who types nothing.
type silent struct{}

func (silent) Read([]byte) (int, error) { select {} }
