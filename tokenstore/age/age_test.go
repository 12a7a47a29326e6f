package age_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/rolecache"
	rolecachetest "github.com/latchkey-sso/latchkey/rolecache/cachetest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
	"github.com/latchkey-sso/latchkey/tokenstore"
	"github.com/latchkey-sso/latchkey/tokenstore/age"
)

const passphrase = "correct horse"

func open(t *testing.T, setting string, drivers ...tokenstore.Driver) *tokenstore.Store {
	t.Helper()
	store, err := tokenstore.Open(setting, append(drivers, age.Driver)...)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func generate(t *testing.T) redact.Secret {
	t.Helper()
	text, err := agecipher.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// write writes a file in a new directory, and returns its path.
func write(t *testing.T, content redact.Secret) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	filetest.SkipUnderWine(t, "access lists, so everybody can read every file")
	filetest.Write(t, path, content)
	return path
}

// withPassphrase returns the setting of a store that exists, with a cheap derivation of the key.
func withPassphrase(t *testing.T, file string) (setting, dir string) {
	t.Helper()
	wrapped, err := agecipher.Wrap(generate(t), passphrase, 1)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	filetest.Write(t, filepath.Join(dir, "identity.age"), wrapped)
	if file != "" {
		file = ":" + file
	}
	return "passphrase" + file + "?dir=" + dir, dir
}

func newToken() *tokencache.Token {
	return &tokencache.Token{AccessToken: "access", RefreshToken: "refresh", ExpiresAt: time.Now().Add(time.Hour)}
}

func mustStore(t *testing.T, s *tokenstore.Store) {
	t.Helper()
	if err := s.Tokens.Store(t.Context(), "corp", newToken()); err != nil {
		t.Error(err)
	}
}

func load(t *testing.T, s *tokenstore.Store) error {
	t.Helper()
	token, err := s.Tokens.Load(t.Context(), "corp")
	if err == nil && token.AccessToken != "access" {
		t.Errorf("Load returned another token")
	}
	return err
}

func wantLoads(t *testing.T, s *tokenstore.Store) {
	t.Helper()
	if err := load(t, s); err != nil {
		t.Error(err)
	}
}

// wantInvalid checks that only a new sign-in helps.
func wantInvalid(t *testing.T, s *tokenstore.Store) {
	t.Helper()
	var invalid *tokencache.InvalidError
	if err := load(t, s); !errors.As(err, &invalid) {
		t.Errorf("Load: %v, want an InvalidError", err)
	}
}

func TestCaches(t *testing.T) {
	identity := write(t, generate(t))
	secret := write(t, passphrase+"\n")
	for name, newStore := range map[string]func(*testing.T) *tokenstore.Store{
		"age": func(t *testing.T) *tokenstore.Store { return open(t, "age:"+identity+"?dir="+t.TempDir()) },
		"passphrase": func(t *testing.T) *tokenstore.Store {
			setting, _ := withPassphrase(t, secret)
			return open(t, setting)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cachetest.Test(t, func(t *testing.T) tokencache.Cache { return newStore(t).Tokens })
			rolecachetest.Test(t, func(t *testing.T) rolecache.Cache { return newStore(t).Roles })
		})
	}
}

// TestShared: stores of one setting have equal caches.
func TestShared(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for setting, name := range map[string]string{
		"age:~/key":                 filepath.Join(home, ".aws", "latchkey", "age") + " (encrypted for the age identity " + filepath.Join(home, "key") + ")",
		"age:~/key?dir=~/a":         filepath.Join(home, "a") + " (encrypted for the age identity " + filepath.Join(home, "key") + ")",
		"passphrase":                filepath.Join(home, ".aws", "latchkey", "passphrase") + " (encrypted with a passphrase)",
		"passphrase:~/file?dir=~/a": filepath.Join(home, "a") + " (encrypted with a passphrase)",
	} {
		one, two := open(t, setting), open(t, setting)
		if one.Tokens != two.Tokens || one.Roles != two.Roles || one.Name != name {
			t.Errorf("%s: %q, %+v and %+v", setting, one.Name, one, two)
		}
	}
	if open(t, "passphrase:~/a").Tokens == open(t, "passphrase:~/b").Tokens {
		t.Error("stores with different passphrase files share a cache")
	}
}

func TestInvalidSettings(t *testing.T) {
	for setting, want := range map[string]string{
		"age":                "age needs a path",
		"age:key":            "is relative",
		"age:/key?dri=/a":    "unknown parameter dri",
		"passphrase:key":     "is relative",
		"passphrase?dir=a":   "is relative",
		"passphrase?file=/a": "unknown parameter file",
	} {
		var invalid *tokenstore.SettingError
		if _, err := tokenstore.Open(setting, age.Driver); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", setting, err, want)
		}
	}
}

// TestIdentityFile: a file that cannot be used is an error, not a reason to sign in again.
func TestIdentityFile(t *testing.T) {
	path, dir := write(t, generate(t)), t.TempDir()
	store := open(t, "age:"+path+"?dir="+dir)
	mustStore(t, store)
	wantLoads(t, store)
	key := filetest.Read(t, path)
	for name, tt := range map[string]struct {
		spoil func() error
		match error
		text  string
	}{
		"missing":   {func() error { return os.Remove(path) }, fs.ErrNotExist, ""},
		"readable":  {func() error { return os.Chmod(path, 0o644) }, atomicfile.ErrNotPrivate, "mode 0644"},
		"malformed": {func() error { return os.WriteFile(path, []byte(key[:40]), 0o600) }, nil, "malformed secret key"},
		"empty":     {func() error { return os.WriteFile(path, nil, 0o600) }, nil, "no identities found"},
		"directory": {func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, atomicfile.ErrIrregular, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "readable" && runtime.GOOS == "windows" {
				t.Skip("os.Chmod gives no access to others; package atomicfile tests access lists")
			}
			if err := tt.spoil(); err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{load(t, store), store.Tokens.Store(t.Context(), "corp", newToken())} {
				var unusable *age.IdentityError
				if !errors.As(err, &unusable) || unusable.Path != path || tt.match != nil && !errors.Is(err, tt.match) ||
					!strings.Contains(err.Error(), tt.text) || strings.Count(err.Error(), path) != 1 {
					t.Errorf("%v", err)
				}
				if needed := unusable != nil && unusable.Dir == dir; needed != (name == "missing") {
					t.Errorf("encrypted files need the identity: %t (%+v)", needed, unusable)
				}
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			filetest.Write(t, path, key)
			wantLoads(t, store)
		})
	}
}

// TestNoIdentityYet: without encrypted files, a new identity will do.
func TestNoIdentityYet(t *testing.T) {
	store := open(t, "age:"+filepath.Join(t.TempDir(), "key.txt")+"?dir="+t.TempDir())
	err := store.Tokens.Store(t.Context(), "corp", newToken())
	if unusable, ok := errors.AsType[*age.IdentityError](err); !ok || unusable.Dir != "" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Store: %+v", err)
	}
}

// TestRotation: a new identity takes effect at once, and the old one decrypts as long as it is in
// the file.
func TestRotation(t *testing.T) {
	previous, next := generate(t), generate(t)
	path := write(t, previous)
	store := open(t, "age:"+path+"?dir="+t.TempDir())
	mustStore(t, store)
	filetest.Write(t, path, next+"\n"+previous+"\n")
	wantLoads(t, store)
	mustStore(t, store)
	filetest.Write(t, path, previous)
	wantInvalid(t, store)
	filetest.Write(t, path, next)
	wantLoads(t, store)
}

// TestPassphraseFile: the passphrase creates a store, and opens it in another process.
func TestPassphraseFile(t *testing.T) {
	path, dir := write(t, passphrase+"\r\nanother line"), t.TempDir()
	mustStore(t, open(t, "passphrase:"+path+"?dir="+dir, age.CheapDriver(nil)))
	for name, tt := range map[string]struct {
		content redact.Secret
		match   error
		text    string
	}{
		"same":          {passphrase, nil, ""},
		"other":         {passphrase + " ", age.ErrWrongPassphrase, "wrong passphrase"},
		"empty":         {"", errAny, "is empty"},
		"an empty line": {"\n" + passphrase, errAny, "is empty"},
	} {
		err := load(t, open(t, "passphrase:"+write(t, tt.content)+"?dir="+dir))
		switch {
		case tt.match == nil && err != nil, tt.match != nil && err == nil,
			tt.match != nil && !errors.Is(tt.match, errAny) && !errors.Is(err, tt.match),
			err != nil && (!strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), passphrase)):
			t.Errorf("%s: %v", name, err)
		}
	}
	readable := write(t, passphrase)
	if err := os.Chmod(readable, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := load(t, open(t, "passphrase:"+readable+"?dir="+dir)); !errors.Is(err, atomicfile.ErrNotPrivate) && runtime.GOOS != "windows" {
		t.Errorf("a file that others can read: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "missing") // must not read as a missing token
	if err := load(t, open(t, "passphrase:"+missing+"?dir="+dir)); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing file: %v", err)
	}
}

var errAny = errors.New("any error")

// TestWorkFactor: deriving the key from a new passphrase takes long for attackers too.
func TestWorkFactor(t *testing.T) {
	dir := t.TempDir()
	mustStore(t, open(t, "passphrase:"+write(t, passphrase)+"?dir="+dir))
	header, _, _ := strings.Cut(filetest.Read(t, filepath.Join(dir, "identity.age")), "\n---")
	if !regexp.MustCompile(`\n-> scrypt \S+ 17\n`).MatchString(header) {
		t.Errorf("identity.age begins with %q", header)
	}
}

// TestPassphraseVariable: the variable names the file, unless the setting does.
func TestPassphraseVariable(t *testing.T) {
	setting, dir := withPassphrase(t, "")
	if err := open(t, setting).Tokens.Store(t.Context(), "corp", newToken()); !errors.Is(err, age.ErrNoPassphrase) {
		t.Errorf("without a passphrase: %v", err)
	}
	t.Setenv(age.PassphraseFileVariable, write(t, passphrase))
	mustStore(t, open(t, setting))
	wrong := open(t, "passphrase:"+write(t, "wrong")+"?dir="+dir)
	if err := load(t, wrong); !errors.Is(err, age.ErrWrongPassphrase) {
		t.Errorf("a wrong passphrase in the setting: %v", err)
	}
}

// TestLostIdentity: without its identity, a store needs a new sign-in.
func TestLostIdentity(t *testing.T) {
	setting, dir := withPassphrase(t, write(t, passphrase))
	store := open(t, setting, age.CheapDriver(nil))
	mustStore(t, store)
	if err := os.Remove(filepath.Join(dir, "identity.age")); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, store)
	mustStore(t, store)
	wantLoads(t, store)
}

// user is a user who enters passphrases.
type user struct {
	mu      sync.Mutex
	entries []redact.Secret
	asked   []string
	err     error
}

func (u *user) prompt(_ context.Context, text string) (redact.Secret, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, text)
	if u.err != nil {
		return "", u.err
	}
	entry := u.entries[0]
	u.entries = u.entries[1:]
	return entry, nil
}

func TestPrompt(t *testing.T) {
	canceled := errors.New("canceled")
	for name, tt := range map[string]struct {
		user  *user
		asked int
		match error
	}{
		"right":          {&user{entries: []redact.Secret{passphrase}}, 1, nil},
		"wrong at first": {&user{entries: []redact.Secret{"a", "b", passphrase}}, 3, nil},
		"wrong":          {&user{entries: []redact.Secret{"a", "b", "c", passphrase}}, 3, age.ErrWrongPassphrase},
		"canceled":       {&user{err: canceled}, 1, canceled},
		"empty":          {&user{entries: []redact.Secret{""}}, 1, errAny},
	} {
		t.Run(name, func(t *testing.T) {
			setting, dir := withPassphrase(t, "")
			store := open(t, setting, age.DriverWithPrompt(tt.user.prompt))
			err := store.Tokens.Store(t.Context(), "corp", newToken())
			if (err == nil) != (tt.match == nil) || tt.match != nil && !errors.Is(tt.match, errAny) && !errors.Is(err, tt.match) {
				t.Errorf("Store: %v", err)
			}
			if len(tt.user.asked) != tt.asked || tt.user.asked[0] != "Passphrase for "+dir || tt.asked > 1 && tt.user.asked[1] != "Wrong passphrase. Try again" {
				t.Errorf("asked %q", tt.user.asked)
			}
			if err == nil {
				wantLoads(t, store)
			}
			if !errors.Is(err, age.ErrWrongPassphrase) {
				return
			}
			again := store.Tokens.Store(t.Context(), "corp", newToken())
			if !errors.Is(again, age.ErrWrongPassphrase) || len(tt.user.asked) != tt.asked {
				t.Errorf("Store after wrong passphrases: %v, asked %q", again, tt.user.asked)
			}
		})
	}
}

// TestPromptNew: a new passphrase is entered twice.
func TestPromptNew(t *testing.T) {
	dir := t.TempDir()
	u := &user{entries: []redact.Secret{passphrase, "other", passphrase, passphrase}}
	store := open(t, "passphrase?dir="+dir, age.CheapDriver(u.prompt))
	if err := store.Tokens.Store(t.Context(), "corp", newToken()); !errors.Is(err, age.ErrPassphrasesDiffer) {
		t.Errorf("Store: %v", err)
	}
	mustStore(t, store)
	wantLoads(t, store)
	if len(u.entries) != 0 || u.asked[2] != "New passphrase for "+dir {
		t.Errorf("asked %q", u.asked)
	}
}

// TestManyCallers: the user is asked once.
func TestManyCallers(t *testing.T) {
	setting, _ := withPassphrase(t, "")
	u := &user{entries: []redact.Secret{passphrase}}
	driver := age.DriverWithPrompt(u.prompt)
	var all sync.WaitGroup
	for range 20 {
		store := open(t, setting, driver)
		all.Go(func() { mustStore(t, store) })
	}
	all.Wait()
	if len(u.asked) != 1 {
		t.Errorf("asked %d times", len(u.asked))
	}
}

// TestManyCreate: processes that start at the same time create one identity.
func TestManyCreate(t *testing.T) {
	setting := "passphrase:" + write(t, passphrase) + "?dir=" + t.TempDir()
	keys := []string{"a", "b", "c", "d", "e", "f"}
	var all sync.WaitGroup
	for _, key := range keys {
		store := open(t, setting, age.CheapDriver(nil)) // shares only files, like a process
		all.Go(func() {
			if err := store.Tokens.Store(t.Context(), key, newToken()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if _, err := open(t, setting).Tokens.Load(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
}
