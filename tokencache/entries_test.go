package tokencache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestEntries(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	in := func(name string) string { return filepath.Join(string(dir), name) }
	for name, content := range map[string]string{
		"b.json":                            cliFile,
		"a.json":                            `{"accessToken": "legacy", "expiresAt": "2026-11-22T04:08:41UTC"}`,
		"c-no-expiry.json":                  `{"accessToken": "x", "region": "eu-west-1"}`,
		"d-odd.json":                        `{"region": 5, "accessToken": "x", "expiresAt": 7, "clientId": []}`,
		"registration.json":                 `{"clientId": "cid", "clientSecret": "csec", "expiresAt": "2030-03-17T17:46:40Z"}`,
		"botocore-client-id-us-east-1.json": `{"clientId": "cid", "clientSecret": "csec"}`,
		"empty.json":                        "",
		"torn.json":                         cliFile[:90],
		"number.json":                       "5",
		"list.json":                         `["accessToken"]`,
		"no-text.json":                      `{"accessToken": 5}`,
		"null.json":                         `{"accessToken": null}`,
		"a.lock":                            "",
		"b.txt":                             cliFile,
		".b.json.1.tmp":                     cliFile,
	} {
		plant(t, in(name), content)
	}
	if err := os.Mkdir(in("dir.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"e-link.json": "b.txt", "dangling.json": "gone"} {
		if err := os.Symlink(target, in(link)); err != nil {
			t.Fatal(err)
		}
	}

	entries, err := dir.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Path, AccessToken, Region string
		Expires                   bool
	}
	var got []row
	for _, e := range entries {
		got = append(got, row{filepath.Base(e.Path), string(e.Token.AccessToken), e.Token.Region, !e.Token.ExpiresAt.IsZero()})
		if filepath.Dir(e.Path) != string(dir) {
			t.Errorf("the path is %s", e.Path)
		}
	}
	want := []row{
		{"a.json", "legacy", "", true},
		{"b.json", "at", "us-east-1", true},
		{"c-no-expiry.json", "x", "eu-west-1", false},
		{"d-odd.json", "x", "", false},
		{"e-link.json", "at", "us-east-1", true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantToken(t, entries[1].Token, cliToken())

	for _, e := range entries {
		for range 2 { // the second time it is gone
			if err := dir.DeleteEntry(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
	}
	if left, err := dir.Entries(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("after DeleteEntry: %v, %v", left, err)
	}
	wantFile(t, in("registration.json"), `{"clientId": "cid", "clientSecret": "csec", "expiresAt": "2030-03-17T17:46:40Z"}`)
}

// TestLockEntry: the lock of an entry is that of its key.
func TestLockEntry(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	unlock, err := dir.LockEntry(t.Context(), tokencache.Entry{Path: dir.Path("corp")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := dir.Lock(ctx, "corp"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock beside LockEntry: %v, want to wait", err)
	}
	unlock()
	again, err := dir.Lock(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	again()
}
