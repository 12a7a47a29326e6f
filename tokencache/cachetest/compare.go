package cachetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func testCompareAndStorer(t *testing.T, c tokencache.CompareAndStorer) {
	replace := func(redeemed tokencache.Secret, token *tokencache.Token, want error) {
		t.Helper()
		if err := c.CompareAndStore(contract.Context(t), key, redeemed, token); !errors.Is(err, want) {
			t.Errorf("CompareAndStore: %v, want %v", err, want)
		}
	}
	replace("refresh", tokenWith(t, "new"), tokencache.ErrNotFound) // signed out
	wantNotFound(t, c, key)
	store(t, c, key, newToken(t))
	replace("another", tokenWith(t, "new"), tokencache.ErrReplaced)
	replace("", tokenWith(t, "new"), tokencache.ErrReplaced)
	wantToken(t, c, key, newToken(t))
	replace("refresh", tokenWith(t, "new"), nil)
	wantToken(t, c, key, tokenWith(t, "new"))
	replace("refresh", tokenWith(t, "late"), tokencache.ErrReplaced)
	same := tokenWith(t, "new")
	same.AccessToken = "a new access token for the same refresh token"
	replace("new", same, nil)
	wantToken(t, c, key, same)
	invalid := tokenWith(t, "invalid")
	invalid.AccessToken = ""
	if err := c.CompareAndStore(contract.Context(t), key, "new", invalid); err == nil {
		t.Error("CompareAndStore accepted a token without access token")
	}
	wantToken(t, c, key, same)
	testOneWinner(t, c)
}

// testOneWinner: of many calls at once for the same refresh token, only one stores its token.
func testOneWinner(t *testing.T, c tokencache.CompareAndStorer) {
	ctx := contract.Context(t)
	for round := range 20 {
		store(t, c, key, newToken(t))
		var winners atomic.Int32
		var wg sync.WaitGroup
		for i := range 10 {
			token := tokenWith(t, fmt.Sprint(round, i))
			wg.Go(func() {
				switch err := c.CompareAndStore(ctx, key, "refresh", token); {
				case err == nil:
					winners.Add(1)
				case !errors.Is(err, tokencache.ErrReplaced):
					t.Errorf("CompareAndStore: %v", err)
				}
			})
		}
		wg.Wait()
		if n := winners.Load(); n != 1 {
			t.Fatalf("%d of 10 calls replaced the same token, want 1", n)
		}
	}
}
