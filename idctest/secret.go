package idctest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// Secrets are random and recognizable as test data.

func newClientID() string     { return "idctest-client-" + rand.Text() }
func newClientSecret() string { return "idctest-client-secret-" + rand.Text() }
func newAccessToken() string  { return "idctest-access-token-" + rand.Text() }
func newRefreshToken() string { return "idctest-refresh-token-" + rand.Text() }
func newDeviceCode() string   { return "idctest-device-code-" + rand.Text() }
func newCode() string         { return "idctest-code-" + rand.Text() }
func newFormID() string       { return "idctest-form-" + rand.Text() }

// newAccessKeyID returns 20 characters of A-Z and 2-7, like AWS's temporary access key IDs.
func newAccessKeyID() string { return "ASIAIDCTEST" + rand.Text()[:9] }

// newSecretAccessKey returns 40 base64 characters.
func newSecretAccessKey() string { return "idctest/" + randomBase64(24) }

// newSessionToken returns a token as long as a real one, with +, / and = to test encoding.
func newSessionToken() string { return "IdctestSessionToken//+" + randomBase64(400) }

func randomBase64(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}

// newUserCode returns 8 consonants, which spell no words, in two groups (RFC 8628 section 6.1).
func newUserCode() string {
	const alphabet = "BCDFGHJKLMNPQRSTVWXZ"
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// newRequestID returns a random UUID (RFC 9562 section 5.4).
func newRequestID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
