package ssotoken

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestTokenExpires: an expired token stays expired if the wall clock is set back, but not if it gets a
// later expiry.
func TestTokenExpires(t *testing.T) {
	var s session
	now := time.Now()
	tok := &tokencache.Token{AccessToken: "a", ExpiresAt: now.Add(time.Hour).Round(0)}
	if s.hasExpired(tok, now) {
		t.Error("a new token has expired")
	}
	if !strings.Contains(s.seen.deadline.String(), " m=") {
		t.Error("the deadline has no monotonic clock reading")
	}
	if s.hasExpired(tok, now.Add(59*time.Minute)) {
		t.Error("the token expired early")
	}
	if !s.hasExpired(tok, now.Add(61*time.Minute)) {
		t.Error("the token did not expire")
	}
	tok.ExpiresAt = tok.ExpiresAt.Add(time.Hour)
	if s.hasExpired(tok, now.Add(61*time.Minute)) {
		t.Error("the token with a later expiry has expired")
	}
}
