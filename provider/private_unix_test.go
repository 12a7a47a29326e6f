//go:build unix

package provider_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestOpenDirectoryIsWarnedAbout: once, where the token is refreshed.
func TestOpenDirectoryIsWarnedAbout(t *testing.T) {
	w := newWorld(t)
	if err := os.Chmod(string(w.tokens), 0o777); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.pass(2 * time.Hour)
		retrieve(t, w.provider(w.profile()))
	}
	if n := strings.Count(w.log.String(), "other users can write to it"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, w.log.String())
	}
}
