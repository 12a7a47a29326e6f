package picker

import (
	"context"
	"io"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

// AskSecret returns the line that the user enters, without displaying it. The error is
// [ErrCanceled] if the user presses Ctrl-C or Escape, at the end of input, or when ctx is done.
func (t *Terminal) AskSecret(ctx context.Context, prompt string) (string, error) {
	ctx, restore, err := t.makeRaw(ctx)
	if err != nil {
		return "", err
	}
	defer restore()
	_, _ = io.WriteString(t.out, textwidth.Printable(prompt)+": ")
	defer func() { _, _ = io.WriteString(t.out, "\r\n") }()
	text := ""
	for keys := (keyReader{in: t.in}); ; {
		select {
		case <-ctx.Done():
			return "", interrupt.Cause(ctx)
		case k := <-keys.next():
			switch keys.read(); k.kind {
			case keyCancel:
				return "", ErrCanceled
			case keyEnter:
				return text, nil
			default:
				text = edit(text, k)
			}
		}
	}
}
