package credserver

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"sync"
	"time"
)

// keySize is the size of a token in bytes, before encoding.
const keySize = 32

func newKey() (key [keySize]byte) {
	_, _ = rand.Read(key[:]) // never fails
	return key
}

// keyring holds a token and, during a grace period, the previous one.
type keyring struct {
	mu       sync.RWMutex
	token    Secret
	sum      [sha256.Size]byte
	oldSum   [sha256.Size]byte
	oldUntil time.Time
}

// rotate replaces the token and returns the new one.
func (k *keyring) rotate(now time.Time, grace time.Duration) Secret {
	key := newKey()
	token := Secret(base64.RawURLEncoding.EncodeToString(key[:]))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.oldSum, k.oldUntil = k.sum, now.Add(grace)
	k.token, k.sum = token, sha256.Sum256([]byte(token))
	return token
}

func (k *keyring) secret() Secret {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.token
}

// accepts reports whether sum is the SHA-256 of an accepted token. Comparing hashes in constant time
// reveals nothing about the token, not even its length.
func (k *keyring) accepts(sum [sha256.Size]byte, now time.Time) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	current := subtle.ConstantTimeCompare(sum[:], k.sum[:]) == 1
	old := subtle.ConstantTimeCompare(sum[:], k.oldSum[:]) == 1
	return current || old && now.Before(k.oldUntil)
}
