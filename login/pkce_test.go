package login

import (
	"regexp"
	"testing"
)

func TestCodeChallenge(t *testing.T) {
	// RFC 7636 appendix B.
	if got := codeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("challenge %s", got)
	}
}

func TestNewVerifier(t *testing.T) {
	first := newVerifier()
	if !regexp.MustCompile(`^[A-Za-z0-9._~-]{64}$`).MatchString(string(first)) {
		t.Errorf("verifier %q", string(first))
	}
	if first == newVerifier() {
		t.Error("the same verifier twice")
	}
}
