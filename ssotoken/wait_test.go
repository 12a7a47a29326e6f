package ssotoken_test

import (
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/ssotoken"
)

// TestSendHook: the hook is called only before a refresh token is sent.
func TestSendHook(t *testing.T) {
	w := newWorld(t)
	source := w.source(w.Profile())
	calls := 0
	ctx := ssotoken.WithSendHook(t.Context(), func() {
		calls++
		w.Count("CreateToken", 0)
	})
	for _, want := range []int{0, 1, 1} {
		if _, err := source.Token(ctx); err != nil {
			t.Fatal(err)
		}
		if calls != want {
			t.Errorf("the hook was called %d times, want %d", calls, want)
		}
		if want == 0 {
			w.Pass(2 * time.Hour)
		}
	}
	w.Count("CreateToken", 1)
}
