package rolecache_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// cliFile is a file that AWS CLI 2.36 writes.
const cliFile = `{"ProviderType": "sso", "Credentials": {"AccessKeyId": "AK", "SecretAccessKey": "SK", ` +
	`"SessionToken": "ST", "Expiration": "2100-01-01T00:00:00Z", "AccountId": "012345678901"}}`

var (
	expiry = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	key    = rolecache.Key{Session: "s", AccountID: "012345678901", RoleName: "R"}
)

// cliCredentials are the credentials in cliFile.
func cliCredentials() *rolecache.Credentials {
	return &rolecache.Credentials{
		AccessKeyID: "AK", SecretAccessKey: "SK", SessionToken: "ST", Expires: expiry, AccountID: "012345678901",
	}
}

// The third and fourth names are from botocore's unit tests, the others from AWS CLI 2.36.
func TestPath(t *testing.T) {
	for _, tt := range []struct {
		key rolecache.Key
		sum string
	}{
		{key, "5ff9b559bbe2c7c7a2b37df12c85dff6c63f267c"},
		{
			rolecache.Key{StartURL: "https://d-1.awsapps.com/start", AccountID: "012345678901", RoleName: "R"},
			"d68819537c34ee29cce27c3a514a5da0168f1ada",
		},
		{
			rolecache.Key{StartURL: "https://d-92671207e4.awsapps.com/start", AccountID: "1234567890", RoleName: "test-role"},
			"048db75bbe50955c16af7aba6ff9c41a3131bb7e",
		},
		{
			rolecache.Key{Session: "sso-session", AccountID: "1234567890", RoleName: "test-role"},
			"aafc354ce93c96c5083c866535da1ecde96e0899",
		},
		{
			rolecache.Key{Session: "sé😀", AccountID: "012345678901", RoleName: `Rôle "x"/+=,.@-_`},
			"5737e509f61e1dd129f58b6bc2f6f720aabf25d9",
		},
		{ // the start URL is ignored
			rolecache.Key{Session: "s", StartURL: "https://d-1.awsapps.com/start", AccountID: "012345678901", RoleName: "R"},
			"5ff9b559bbe2c7c7a2b37df12c85dff6c63f267c",
		},
	} {
		if got, want := rolecache.Dir("dir").Path(tt.key), filepath.Join("dir", tt.sum+".json"); got != want {
			t.Errorf("Path(%+v) = %s, want %s", tt.key, got, want)
		}
	}
}

func TestDefaultDir(t *testing.T) {
	filetest.WantInHome(t, rolecache.DefaultDir, ".aws", "cli", "cache")
}

// TestDirLifecycle stores, replaces and deletes one entry.
func TestDirLifecycle(t *testing.T) {
	dir := rolecache.Dir(filepath.Join(t.TempDir(), ".aws", "cli", "cache"))
	wantNotFound(t, dir)
	if err := dir.Delete(t.Context(), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if n, err := dir.Clear(t.Context()); n != 0 || err != nil {
		t.Errorf("Clear: %d, %v", n, err)
	}
	if _, err := os.Stat(string(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading created the directory: %v", err)
	}

	mustStore(t, dir, cliCredentials())
	filetest.Want(t, dir.Path(key), cliFile)
	filetest.WantMode(t, dir.Path(key), 0o600)
	filetest.WantMode(t, string(dir), fs.ModeDir|0o700)
	wantCredentials(t, mustLoad(t, dir), cliCredentials())

	expired := cliCredentials()
	expired.Expires = time.Date(2020, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 3600))
	mustStore(t, dir, expired)
	expired.Expires = time.Date(2020, 1, 2, 2, 4, 5, 0, time.UTC)
	wantCredentials(t, mustLoad(t, dir), expired)

	if err := dir.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	wantNotFound(t, dir)
	if files, err := os.ReadDir(string(dir)); err != nil || len(files) != 0 {
		t.Errorf("files left: %v, %v", files, err)
	}
}

// TestLoadWhileWritten: the AWS CLI truncates the file before it writes.
func TestLoadWhileWritten(t *testing.T) {
	dir := rolecache.Dir(t.TempDir())
	filetest.Write(t, dir.Path(key), "")
	synctest.Test(t, func(t *testing.T) {
		time.AfterFunc(100*time.Millisecond, func() { filetest.Write(t, dir.Path(key), cliFile) })
		wantCredentials(t, mustLoad(t, dir), cliCredentials())
	})
}

func TestClear(t *testing.T) {
	root := t.TempDir()
	dir := rolecache.Dir(root)
	for name, content := range map[string]string{
		"a.json":          cliFile,
		"b.json":          `{"ProviderType": "sso", "Credentials": 5}`,
		"c":               `{"x": 1, "ProviderType": "assume-role", "ProviderType": "sso"}`,
		".d.json.123.tmp": cliFile, // left by a crash
		"assume.json":     strings.Replace(cliFile, `"sso"`, `"assume-role"`, 1),
		"twice.json":      `{"ProviderType": "sso", "ProviderType": "assume-role"}`,
		"none.json":       strings.Replace(cliFile, `"ProviderType": "sso", `, "", 1),
		"case.json":       strings.Replace(cliFile, `ProviderType`, "providertype", 1),
		"five.json":       `{"ProviderType": 5}`,
		"list.json":       `["ProviderType", "sso"]`,
		"number.json":     "5",
		"torn.json":       cliFile[:50],
		"a.lock":          "",
		"session.db":      "SQLite format 3\x00",
		"large":           cliFile + strings.Repeat(" ", 1<<20),
	} {
		filetest.Write(t, filepath.Join(root, name), content)
	}
	if err := os.Mkdir(filepath.Join(root, "dir.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{4, 0} { // a.json, b.json, c and .d.json.123.tmp
		n, err := dir.Clear(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("deleted %d, want %d", n, want)
		}
	}
	var got []string
	files, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		got = append(got, file.Name())
	}
	want := []string{
		"a.lock", "assume.json", "case.json", "dir.json", "five.json", "large", "list.json", "none.json",
		"number.json", "session.db", "torn.json", "twice.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestClearKeeps(t *testing.T) {
	dir := rolecache.Dir(t.TempDir())
	mustStore(t, dir, cliCredentials())
	other := key
	other.RoleName = "other"
	filetest.Write(t, dir.Path(other), cliFile)
	missing := key
	missing.RoleName = "missing"
	if n, err := dir.Clear(t.Context(), missing, key); n != 1 || err != nil {
		t.Errorf("Clear: %d, %v; want 1", n, err)
	}
	mustLoad(t, dir)
	if _, err := dir.Load(t.Context(), other); !errors.Is(err, rolecache.ErrNotFound) {
		t.Errorf("Load of the other key: %v, want ErrNotFound", err)
	}
}

// TestFileSystemErrors uses errors that root gets too: root ignores file modes.
func TestFileSystemErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, file, "x")
	dir := rolecache.Dir(filepath.Join(file, "cache")) // the parent is a file
	for name, err := range call(t.Context(), dir) {
		if runtime.GOOS == "windows" && slices.Contains([]string{"Load", "Delete", "Clear"}, name) {
			continue // nothing is in a directory that is a file: Windows says that the path does not exist
		}
		var pathError *fs.PathError
		if !errors.As(err, &pathError) || !strings.HasPrefix(err.Error(), "rolecache: ") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v; want an *fs.PathError with the path", name, err)
		}
		var invalid *rolecache.InvalidError
		if errors.Is(err, rolecache.ErrNotFound) || errors.As(err, &invalid) {
			t.Errorf("%s: %v matches ErrNotFound or *InvalidError", name, err)
		}
	}
}

func TestContextDone(t *testing.T) {
	dir := rolecache.Dir(t.TempDir())
	mustStore(t, dir, cliCredentials())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range call(ctx, dir) {
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "rolecache: ") {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	filetest.Want(t, dir.Path(key), cliFile)
}

// call calls every method and returns the errors.
func call(ctx context.Context, dir rolecache.Dir) map[string]error {
	_, loadErr := dir.Load(ctx, key)
	_, lockErr := dir.Lock(ctx, key)
	_, allErr := dir.Clear(ctx)
	other := cliCredentials()
	other.AccessKeyID = "other"
	return map[string]error{
		"Load": loadErr, "Lock": lockErr, "Clear": allErr,
		"Store": dir.Store(ctx, key, other), "Delete": dir.Delete(ctx, key),
	}
}

func TestLock(t *testing.T) {
	dir := rolecache.Dir(filepath.Join(t.TempDir(), "cache"))
	unlock, err := dir.Lock(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	lockFile := strings.TrimSuffix(dir.Path(key), ".json") + ".lock"
	filetest.WantMode(t, lockFile, 0o600)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := dir.Lock(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("second Lock: %v", err)
		}
	})
	other := key
	other.RoleName = "other"
	unlockOther, err := dir.Lock(t.Context(), other)
	if err != nil {
		t.Fatalf("Lock of another key: %v", err)
	}
	unlockOther()
	unlock()
	again, err := dir.Lock(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func mustStore(t *testing.T, dir rolecache.Dir, c *rolecache.Credentials) {
	t.Helper()
	if err := dir.Store(t.Context(), key, c); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, dir rolecache.Dir) *rolecache.Credentials {
	t.Helper()
	c, err := dir.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantCredentials(t *testing.T, got, want *rolecache.Credentials) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Transformer("plain", func(s rolecache.Secret) string { return string(s) })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func wantNotFound(t *testing.T, dir rolecache.Dir) {
	t.Helper()
	c, err := dir.Load(t.Context(), key)
	if !errors.Is(err, rolecache.ErrNotFound) || c != nil {
		t.Errorf("Load = %v, %v; want ErrNotFound", c, err)
	} else if !strings.Contains(err.Error(), dir.Path(key)) {
		t.Errorf("the error does not name the file: %v", err)
	}
}
