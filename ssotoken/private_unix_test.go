//go:build unix

package ssotoken_test

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestOpenDirectoryWarning: a refresh warns once about a directory that others can write to.
func TestOpenDirectoryWarning(t *testing.T) {
	w := newWorld(t)
	if err := os.Chmod(string(w.Tokens.Dir), 0o777); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.Pass(2 * time.Hour)
		retrieve(t, w.source(w.Profile()))
	}
	if n := strings.Count(w.Log.String(), "other users can write to it"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, w.Log.String())
	}
}
