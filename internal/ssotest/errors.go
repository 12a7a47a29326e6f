package ssotest

import (
	"errors"
	"strings"
	"testing"

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
