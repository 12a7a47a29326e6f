package tokencache_test

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

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// The AWS CLI and SDKs use these names. The last is from the test fixtures of the Rust SDK.
func TestPath(t *testing.T) {
	for key, sum := range map[string]string{
		"s":                                      "a0f1490a20d0211c997b44bc357e1972deab8ae3",
		"admin":                                  "d033e22ae348aeb5660fc2140aec35850c4da997",
		"dev-scopes":                             "75e4d41276d8bd17f85986fc6cccef29fd725ce3",
		"é":                                      "bf15be717ac1b080b4f1c456692825891ff5073d",
		"https://d-1.awsapps.com/start":          "0c54b6c27e90660baa89eaad85ac1d5dae26cb7d",
		"https://d-1.awsapps.com/start/":         "1a5df5aa353ec9dcc93af44f9df6ec62171acf5e",
		"https://d-92671207e4.awsapps.com/start": "13f9d35043871d073ab260e020f0ffde092cb14b",
		"https://ssotest.awsapps.com/start":      "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12",
	} {
		want := filepath.Join("some", "dir", sum+".json")
		if got := tokencache.Dir(filepath.Join("some", "dir")).Path(key); got != want {
			t.Errorf("Path(%q) = %s, want %s", key, got, want)
		}
	}
}

func TestDefaultDir(t *testing.T) {
	filetest.WantInHome(t, tokencache.DefaultDir, ".aws", "sso", "cache")
}

// TestDirLifecycle stores, replaces and deletes one entry.
func TestDirLifecycle(t *testing.T) {
	dir := tokencache.Dir(filepath.Join(t.TempDir(), ".aws", "sso", "cache"))

	t.Run("missing", func(t *testing.T) {
		ctx := t.Context()
		wantNotFound(t, dir, "s")
		if err := dir.Delete(ctx, "s"); err != nil {
			t.Errorf("Delete: %v", err)
		}
		if entries, err := dir.Entries(ctx); err != nil || entries != nil {
			t.Errorf("Entries: %v, %v", entries, err)
		}
		if _, err := os.Stat(string(dir)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("reading created the directory: %v", err)
		}
	})
	t.Run("writable", func(t *testing.T) {
		if err := dir.CheckWritable(t.Context(), "s"); err != nil {
			t.Error(err)
		}
		wantNotFound(t, dir, "s")
	})
	t.Run("stored", func(t *testing.T) {
		mustStore(t, dir, "s", cliToken())
		filetest.Want(t, dir.Path("s"), cliFile)
		filetest.WantMode(t, dir.Path("s"), 0o600)
		filetest.WantMode(t, string(dir), fs.ModeDir|0o700)
		filetest.WantMode(t, filepath.Dir(filepath.Dir(string(dir))), fs.ModeDir|0o700)
		wantToken(t, mustLoad(t, dir, "s"), cliToken())
		wantNotFound(t, dir, "other")
	})
	t.Run("refreshed", func(t *testing.T) {
		token := mustLoad(t, dir, "s")
		token.AccessToken = "at2"
		if err := dir.CheckWritable(t.Context(), "s"); err != nil {
			t.Error(err)
		}
		mustStore(t, dir, "s", token)
		filetest.Want(t, dir.Path("s"), strings.Replace(cliFile, `"at"`, `"at2"`, 1))
	})
	t.Run("deleted", func(t *testing.T) {
		if err := dir.Delete(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
		wantNotFound(t, dir, "s")
	})
	files, err := os.ReadDir(string(dir))
	if err != nil || len(files) != 0 {
		t.Errorf("files left: %v, %v", files, err)
	}
}

func TestLoadOtherModes(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	for _, mode := range []fs.FileMode{0o644, 0o400, 0o666} {
		filetest.Write(t, dir.Path("s"), cliFile)
		if err := os.Chmod(dir.Path("s"), mode); err != nil {
			t.Fatal(err)
		}
		token := mustLoad(t, dir, "s")
		mustStore(t, dir, "s", token)
		filetest.WantMode(t, dir.Path("s"), 0o600)
	}
}

func TestStoreKeepsLink(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	root := t.TempDir()
	dir := tokencache.Dir(filepath.Join(root, "cache"))
	mustStore(t, dir, "other", cliToken()) // creates the directory
	target := filepath.Join(root, "real.json")
	if err := os.Symlink(target, dir.Path("s")); err != nil {
		t.Fatal(err)
	}
	wantNotFound(t, dir, "s")
	for range 2 {
		mustStore(t, dir, "s", cliToken())
		filetest.Want(t, target, cliFile)
		mustLoad(t, dir, "s")
	}
	if err := dir.Delete(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Delete kept the token: %v", err)
	}
	if _, err := os.Readlink(dir.Path("s")); err != nil {
		t.Errorf("Delete removed the link: %v", err)
	}
}

func TestLoadInvalid(t *testing.T) {
	for name, tt := range map[string]struct{ content, reason string }{
		"zero length": {"", "empty"},
		"cut off":     {cliFile[:100], "not valid JSON"},
		"garbage":     {"hunter2", "not valid JSON"},
		"no token":    {`{"clientId": "hunter2"}`, `no "accessToken"`},
		"no expiry":   {`{"accessToken": "hunter2"}`, `"expiresAt" is missing or not a time`},
		"too large":   {cliFile[:len(cliFile)-1] + strings.Repeat(" ", 1<<20) + "}", "larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tokencache.Dir(t.TempDir())
			filetest.Write(t, dir.Path("s"), tt.content)
			wantInvalid(t, dir, tt.reason)
			// A new sign-in replaces it.
			mustStore(t, dir, "s", cliToken())
			mustLoad(t, dir, "s")
		})
	}
	t.Run("directory", func(t *testing.T) {
		dir := tokencache.Dir(t.TempDir())
		if err := os.Mkdir(dir.Path("s"), 0o700); err != nil {
			t.Fatal(err)
		}
		wantInvalid(t, dir, "not a regular file")
	})
}

func wantInvalid(t *testing.T, dir tokencache.Dir, reason string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		token, err := dir.Load(t.Context(), "s")
		var invalid *tokencache.InvalidError
		if !errors.As(err, &invalid) || token != nil {
			t.Fatalf("Load = %v, %v; want an *InvalidError", token, err)
		}
		if invalid.Path != dir.Path("s") || invalid.Reason != reason {
			t.Errorf("error %+v, want %q", invalid, reason)
		}
		if want := "tokencache: read " + dir.Path("s") + ": " + reason; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		if errors.Is(err, tokencache.ErrNotFound) {
			t.Error("the error matches ErrNotFound")
		}
	})
}

// TestLoadWhileWritten: the AWS CLI and the JavaScript SDK truncate the file before they write.
func TestLoadWhileWritten(t *testing.T) {
	for name, torn := range map[string]string{"emptied": "", "half written": cliFile[:100]} {
		t.Run(name, func(t *testing.T) {
			dir := tokencache.Dir(t.TempDir())
			filetest.Write(t, dir.Path("s"), torn)
			synctest.Test(t, func(t *testing.T) {
				time.AfterFunc(100*time.Millisecond, func() { filetest.Write(t, dir.Path("s"), cliFile) })
				wantToken(t, mustLoad(t, dir, "s"), cliToken())
			})
		})
	}
	t.Run("timeout", func(t *testing.T) {
		dir := tokencache.Dir(t.TempDir())
		filetest.Write(t, dir.Path("s"), "")
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, err := dir.Load(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Load: %v", err)
			}
		})
	})
}

// TestFileSystemErrors uses errors that root gets too: root ignores file modes.
func TestFileSystemErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, file, "x")
	dir := tokencache.Dir(filepath.Join(file, "cache")) // the parent is a file
	ctx := t.Context()
	_, loadErr := dir.Load(ctx, "s")
	_, lockErr := dir.Lock(ctx, "s")
	_, entriesErr := dir.Entries(ctx)
	for name, err := range map[string]error{
		"Load": loadErr, "Lock": lockErr, "Entries": entriesErr,
		"Store":         dir.Store(ctx, "s", cliToken()),
		"Delete":        dir.Delete(ctx, "s"),
		"CheckWritable": dir.CheckWritable(ctx, "s"),
	} {
		if runtime.GOOS == "windows" && slices.Contains([]string{"Load", "Entries", "Delete"}, name) {
			continue // nothing is in a directory that is a file: Windows says that the path does not exist
		}
		var pathError *fs.PathError
		if !errors.As(err, &pathError) || !strings.HasPrefix(err.Error(), "tokencache: ") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v; want an *fs.PathError with the path", name, err)
		}
		var invalid *tokencache.InvalidError
		if errors.Is(err, tokencache.ErrNotFound) || errors.As(err, &invalid) {
			t.Errorf("%s: %v matches ErrNotFound or *InvalidError", name, err)
		}
	}
	if err := tokencache.Dir(t.TempDir()).Store(ctx, "s", &tokencache.Token{}); err == nil {
		t.Error("Store accepted a token without access token")
	}
}

func TestContextDone(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	mustStore(t, dir, "s", cliToken())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key := tokencache.RegistrationKey{}
	_, loadErr := dir.Load(ctx, "s")
	_, lockErr := dir.Lock(ctx, "s")
	_, entriesErr := dir.Entries(ctx)
	_, registrationErr := dir.LoadRegistration(ctx, key)
	for name, err := range map[string]error{
		"Load": loadErr, "Lock": lockErr, "Entries": entriesErr, "LoadRegistration": registrationErr,
		"Store":             dir.Store(ctx, "s", &tokencache.Token{AccessToken: "new", ExpiresAt: expiry}),
		"Delete":            dir.Delete(ctx, "s"),
		"CheckWritable":     dir.CheckWritable(ctx, "s"),
		"StoreRegistration": dir.StoreRegistration(ctx, key, &tokencache.Registration{ClientID: "c", ClientSecret: "s", ExpiresAt: expiry}),
	} {
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "tokencache: ") {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	filetest.Want(t, dir.Path("s"), cliFile)
}

func TestLock(t *testing.T) {
	dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
	unlock, err := dir.Lock(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	lockFile := strings.TrimSuffix(dir.Path("s"), ".json") + ".lock"
	filetest.WantMode(t, lockFile, 0o600)

	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := dir.Lock(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("second Lock: %v", err)
		}
	})
	other, err := dir.Lock(t.Context(), "other")
	if err != nil {
		t.Fatalf("Lock of another key: %v", err)
	}
	other()
	mustStore(t, dir, "s", cliToken()) // does not acquire the lock
	mustLoad(t, dir, "s")
	unlock()
	again, err := dir.Lock(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	again()
	if err := dir.Delete(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	filetest.WantMode(t, lockFile, 0o600)
}

func mustStore(t *testing.T, dir tokencache.Cache, key string, token *tokencache.Token) {
	t.Helper()
	if err := dir.Store(t.Context(), key, token); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, dir tokencache.Cache, key string) *tokencache.Token {
	t.Helper()
	token, err := dir.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func wantNotFound(t *testing.T, dir tokencache.Dir, key string) {
	t.Helper()
	token, err := dir.Load(t.Context(), key)
	if !errors.Is(err, tokencache.ErrNotFound) || token != nil {
		t.Errorf("Load(%q) = %v, %v; want ErrNotFound", key, token, err)
	} else if !strings.Contains(err.Error(), dir.Path(key)) {
		t.Errorf("the error does not name the file: %v", err)
	}
}
