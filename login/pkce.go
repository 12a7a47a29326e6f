package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// newVerifier returns a PKCE code verifier (RFC 7636 section 4.1): 384 random bits in 64
// characters, like the AWS CLI's.
func newVerifier() tokencache.Secret {
	random := make([]byte, 48)
	_, _ = rand.Read(random) // never fails
	return tokencache.Secret(base64.RawURLEncoding.EncodeToString(random))
}

// codeChallenge returns the S256 challenge of a verifier (RFC 7636 section 4.2).
func codeChallenge(verifier tokencache.Secret) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
