package ssotest

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssotoken"
)

// LoginRequired checks that err is a LoginRequiredError for that reason.
func LoginRequired(t *testing.T, err error, reason string) {
	t.Helper()
	required, ok := errors.AsType[*ssotoken.LoginRequiredError](err)
	if !ok {
		t.Fatalf("got %v, want a LoginRequiredError", err)
	}
	if !strings.Contains(required.Reason, reason) {
		t.Errorf("reason %q, want %q in it", required.Reason, reason)
	}
}

// LostSignIn is a sign-in that the user has to repeat.
type LostSignIn struct {
	Arrange func(*World)
	Legacy  bool   // the profile has no sso-session
	Reason  string // in the LoginRequiredError
	Calls   int    // of CreateToken
}

// TestLostSignIns checks that use fails with a LoginRequiredError in each case, and that the token file stays as it is.
func TestLostSignIns(t *testing.T, cases map[string]LostSignIn, use func(*World, *profile.Profile) error) {
	t.Helper()
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for a token that another tool may store
			w := NewWorld(t)
			p := w.Profile()
			if tt.Legacy {
				p = w.LegacyProfile()
			}
			tt.Arrange(w)
			before, _ := os.ReadFile(w.Tokens.Path("corp"))
			LoginRequired(t, use(w, p), tt.Reason)
			w.Count("CreateToken", tt.Calls)
			if after, _ := os.ReadFile(w.Tokens.Path("corp")); string(after) != string(before) {
				t.Error("the token file was changed")
			}
		})
	}
}
