package tokencache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestEntries(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
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
		filetest.Write(t, in(name), content)
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
		File, AccessToken, Region string
		Expires                   bool
	}
	var got []row
	for _, e := range entries {
		path := dir.Path(e.Key)
		got = append(got, row{filepath.Base(path), string(e.Token.AccessToken), e.Token.Region, !e.Token.ExpiresAt.IsZero()})
		if filepath.Dir(path) != string(dir) {
			t.Errorf("the path is %s", path)
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
		for range 2 { // deleting again is not an error
			if err := dir.Delete(t.Context(), e.Key); err != nil {
				t.Error(err)
			}
		}
	}
	if left, err := dir.Entries(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("after Delete: %v, %v", left, err)
	}
	filetest.Want(t, in("registration.json"), `{"clientId": "cid", "clientSecret": "csec", "expiresAt": "2030-03-17T17:46:40Z"}`)
}

// TestEntryKey: the key of an entry is the session's if the caller knows it. An opaque key
// names the same token and lock.
func TestEntryKey(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	const startURL = "https://d-1.awsapps.com/start"
	legacy := cliToken()
	legacy.StartURL = startURL
	mustStore(t, dir, "corp", cliToken())
	mustStore(t, dir, startURL, legacy)
	for known, want := range map[string]string{"corp": "corp", "other": "\x00" + filepath.Base(dir.Path("corp"))} {
		entries, err := dir.Entries(t.Context(), known)
		if err != nil || len(entries) != 2 {
			t.Fatalf("Entries: %v, %v", entries, err)
		}
		keys := []string{entries[0].Key, entries[1].Key}
		if !slices.Contains(keys, want) || !slices.Contains(keys, startURL) {
			t.Errorf("keys %q, want %q and %q", keys, want, startURL)
		}
		unlock, err := dir.Lock(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := dir.Lock(ctx, "corp"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock of the session while its entry is locked: %v", err)
		}
		unlock()
	}
}

// TestPathStaysInside: no key escapes the directory.
func TestPathStaysInside(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	for _, key := range []string{"\x00../x.json", "\x00", "\x00x", "\x00/x.json", "../x", ""} {
		if name := filepath.Base(dir.Path(key)); filepath.Dir(dir.Path(key)) != string(dir) || len(name) != 45 {
			t.Errorf("the path of %q is %s", key, dir.Path(key))
		}
	}
}
