package cachetest

import (
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
)

// RunProperty is Test for one property of one cache.
func RunProperty(t *testing.T, name string, c rolecache.Cache) {
	t.Helper()
	for _, p := range properties() {
		if p.name == name && p.applies(c) {
			p.test(t, c)
			return
		}
	}
	t.Skip("no property " + name)
}

// SetPatience sets how long Test waits for what hangs.
func SetPatience(d time.Duration) { patience = d }
