// Package cachetest tests implementations of [tokencache.Cache].
//
// Call [Test] in a test of the implementation:
//
//	func TestCache(t *testing.T) {
//		cachetest.Test(t, func(t *testing.T) tokencache.Cache { return newCache(t.TempDir()) })
//	}
package cachetest

import (
	"context"
	"errors"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Test checks that a cache implements [tokencache.Cache] correctly, and any of the optional
// interfaces that it has. It runs one subtest per property, each with a new cache. newCache
// must return an empty cache, and can clean up with t.Cleanup.
//
// The last subtest refreshes an expired token from 1,000 goroutines, against a fake Identity
// Center on the loopback interface.
func Test(t *testing.T, newCache func(t *testing.T) tokencache.Cache) {
	t.Helper()
	contract.Test(t, newCache, properties())
}

// A RawStorer is a cache that can store invalid data. Without it, Test does not check how the
// cache handles invalid data.
type RawStorer interface {
	tokencache.Cache

	// StoreRaw replaces the stored data of key with data, which need not be a token.
	StoreRaw(ctx context.Context, key string, data []byte) error
}

func properties() []contract.Property[tokencache.Cache] {
	return []contract.Property[tokencache.Cache]{
		contract.NewProperty[tokencache.Cache]("NotFound", testNotFound),
		contract.NewProperty[tokencache.Cache]("RoundTrip", testRoundTrip),
		contract.NewProperty[tokencache.Cache]("UnknownMembers", testUnknownMembers),
		contract.NewProperty[tokencache.Cache]("Keys", testKeys),
		contract.NewProperty[tokencache.Cache]("Copies", testCopies),
		contract.NewProperty[tokencache.Cache]("FailedStore", testFailedStore),
		contract.NewProperty[tokencache.Cache]("Delete", testDelete),
		contract.NewProperty[tokencache.Cache]("Damage", testDamage),
		contract.NewProperty[tokencache.Cache]("Context", testContext),
		contract.NewProperty[tokencache.Cache]("ConcurrentStores", testConcurrentStores),
		contract.NewProperty[tokencache.Cache]("LockExcludes", testLockExcludes),
		contract.NewProperty[tokencache.Cache]("LockContext", testLockContext),
		contract.NewProperty[tokencache.Cache]("LockKeys", testLockKeys),
		contract.NewProperty[tokencache.Cache]("UnlockTwice", testUnlockTwice),
		contract.NewProperty[tokencache.Cache]("Lister", testLister),
		contract.NewProperty[tokencache.Cache]("Sweeper", testSweeper),
		contract.NewProperty[tokencache.Cache]("RegistrationCache", testRegistrations),
		contract.NewProperty[tokencache.Cache]("NoteCache", testNotes),
		contract.NewProperty[tokencache.Cache]("LockAger", testLockAger),
		contract.NewProperty[tokencache.Cache]("SendLocker", testSendLocker),
		contract.NewProperty[tokencache.Cache]("LeaseLocker", testLeaseLocker),
		contract.NewProperty[tokencache.Cache]("CompareAndStorer", testCompareAndStorer),
		contract.NewProperty[tokencache.Cache]("WriteChecker", testWriteChecker),
		contract.NewProperty[tokencache.Cache]("PrivacyChecker", testPrivacyChecker),
		contract.NewProperty[tokencache.Cache]("OneRefresh", testOneRefresh),
	}
}

const (
	key      = "corp"
	startURL = "https://d-1234567890.awsapps.com/start"
)

// content is a token file with unknown members.
const content = `{"startUrl": "` + startURL + `", "region": "eu-west-1", "accessToken": "access", ` +
	`"expiresAt": "2026-11-22T04:08:41Z", "clientId": "client", "clientSecret": "client secret", ` +
	`"registrationExpiresAt": "2030-03-17T17:46:40Z", "refreshToken": "refresh", ` +
	`"idToken": "\u00e9\/", "n": 1.0e+400, "list": [ {"a" :null}]}`

func newToken(t *testing.T) *tokencache.Token {
	t.Helper()
	token, err := tokencache.Parse([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// tokenWith returns a token whose access token and refresh token are secret.
func tokenWith(t *testing.T, secret string) *tokencache.Token {
	t.Helper()
	token := newToken(t)
	token.AccessToken, token.RefreshToken = tokencache.Secret(secret), tokencache.Secret(secret)
	return token
}

func store(t *testing.T, c tokencache.Cache, key string, token *tokencache.Token) {
	t.Helper()
	if err := c.Store(contract.Context(t), key, token); err != nil {
		t.Fatalf("Store(%q): %v", key, err)
	}
}

func remove(t *testing.T, c tokencache.Cache, key string) {
	t.Helper()
	if err := c.Delete(contract.Context(t), key); err != nil {
		t.Fatalf("Delete(%q): %v", key, err)
	}
}

// wantToken checks that Load returns the token byte for byte.
func wantToken(t *testing.T, c tokencache.Cache, key string, want *tokencache.Token) {
	t.Helper()
	got, err := c.Load(contract.Context(t), key)
	if err != nil || got == nil {
		t.Errorf("Load(%q) = %v, %v", key, got, err)
		return
	}
	if got, want := encode(t, got), encode(t, want); got != want {
		t.Errorf("Load(%q) returned\n%.999s\nwant\n%.999s", key, got, want)
	}
}

func encode(t *testing.T, token *tokencache.Token) string {
	t.Helper()
	data, err := token.Encode()
	if err != nil {
		t.Errorf("Encode: %v", err)
	}
	return string(data)
}

func wantNotFound(t *testing.T, c tokencache.Cache, key string) {
	t.Helper()
	if token, err := c.Load(contract.Context(t), key); token != nil || !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("Load(%q) = %v, %v; want ErrNotFound", key, token, err)
	}
}
