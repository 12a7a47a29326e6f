package ssotoken

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestTokenExpires: a token whose time has run out stays dead when the wall clock is
// set back, and one that is given more time does not.
func TestTokenExpires(t *testing.T) {
	var s session
	now := time.Now()
	tok := &tokencache.Token{AccessToken: "a", ExpiresAt: now.Add(time.Hour).Round(0)}
	if s.hasExpired(tok, now) {
		t.Error("ended at once")
	}
	if !strings.Contains(s.seen.ends.String(), " m=") {
		t.Error("the end has no monotonic reading")
	}
	if s.hasExpired(tok, now.Add(59*time.Minute)) {
		t.Error("ended before its time")
	}
	if !s.hasExpired(tok, now.Add(61*time.Minute)) {
		t.Error("lives on past its time")
	}
	tok.ExpiresAt = tok.ExpiresAt.Add(time.Hour)
	if s.hasExpired(tok, now.Add(61*time.Minute)) {
		t.Error("ended, with an hour more")
	}
}
