// Package cachetest tests implementations of [tokencache.Cache].
//
// A program with a token cache of its own calls [Test] in one of its tests:
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

// Test proves that a cache does what [tokencache.Cache] says, and what the optional
// interfaces say that it implements. It is one subtest for each property, with a new
// cache. newCache returns an empty cache, which it may remove with t.Cleanup.
//
// The last subtest refreshes an expired token from 1,000 goroutines, against a fake
// Identity Center on the loopback interface.
func Test(t *testing.T, newCache func(t *testing.T) tokencache.Cache) {
	t.Helper()
	contract.Test(t, newCache, properties())
}

// A Planter is a cache whose content a test can damage. Without it, Test does not check
// how the cache reports damage.
type Planter interface {
	tokencache.Cache

	// Plant replaces what is stored under key with data, which is not a token.
	Plant(ctx context.Context, key string, data []byte) error
}

func properties() []contract.Property[tokencache.Cache] {
	return []contract.Property[tokencache.Cache]{
		contract.Of[tokencache.Cache]("NotFound", testNotFound),
		contract.Of[tokencache.Cache]("RoundTrip", testRoundTrip),
		contract.Of[tokencache.Cache]("UnknownMembers", testUnknownMembers),
		contract.Of[tokencache.Cache]("Keys", testKeys),
		contract.Of[tokencache.Cache]("Copies", testCopies),
		contract.Of[tokencache.Cache]("FailedStore", testFailedStore),
		contract.Of[tokencache.Cache]("Delete", testDelete),
		contract.Of[tokencache.Cache]("Damage", testDamage),
		contract.Of[tokencache.Cache]("Context", testContext),
		contract.Of[tokencache.Cache]("ConcurrentStores", testConcurrentStores),
		contract.Of[tokencache.Cache]("LockExcludes", testLockExcludes),
		contract.Of[tokencache.Cache]("LockContext", testLockContext),
		contract.Of[tokencache.Cache]("LockKeys", testLockKeys),
		contract.Of[tokencache.Cache]("UnlockTwice", testUnlockTwice),
		contract.Of[tokencache.Cache]("Lister", testLister),
		contract.Of[tokencache.Cache]("Sweeper", testSweeper),
		contract.Of[tokencache.Cache]("RegistrationCache", testRegistrations),
		contract.Of[tokencache.Cache]("NoteCache", testNotes),
		contract.Of[tokencache.Cache]("LockAger", testLockAger),
		contract.Of[tokencache.Cache]("SendLocker", testSendLocker),
		contract.Of[tokencache.Cache]("WriteChecker", testWriteChecker),
		contract.Of[tokencache.Cache]("PrivacyChecker", testPrivacyChecker),
		contract.Of[tokencache.Cache]("OneRefresh", testOneRefresh),
	}
}

const (
	key      = "corp"
	startURL = "https://d-1234567890.awsapps.com/start"
)

// content is the content of a token file with members that this module does not know.
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

// tokenWith returns a token with that access token and refresh token.
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

// wantToken checks that the cache holds the token under key, to the byte.
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
