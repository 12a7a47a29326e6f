package latchkey_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// newStoreHome returns a home directory without a sign-in, whose session has more settings.
func newStoreHome(t *testing.T, settings string) (*idctest.HomeDir, *idctest.Server) {
	t.Helper()
	server := idctest.NewServer(t, func(o *idctest.Options) {
		o.AutoApprove = true
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})
	home := idctest.Home(t, server)
	home.Write("config", strings.Replace(configFile, "[sso-session corp]\n", "[sso-session corp]\n"+settings, 1))
	return home, server
}

// TestTokenStores: a sign-in, its refresh and its end stay in the encrypted files that the session names.
func TestTokenStores(t *testing.T) {
	home, server := newStoreHome(t, "latchkey_token_store = sealed:key\n")
	cipher := ciphertest.New("key")
	options := []func(*provider.Options){
		latchkey.WithTokenStores(ciphertest.NewDriver("sealed")),
		latchkey.WithLogin(login.UI{ShowCode: func(login.DeviceCode) {}}),
	}
	cfg := load(t, latchkey.WithProfile("dev", options...))
	ssotest.Retrieve(t, cfg.Credentials)
	wantNoPlainFiles(t, home.Path)

	tokens := tokencache.EncryptedDir{Dir: tokencache.Dir(home.File("latchkey/sealed/sso/cache")), Cipher: cipher}
	expireIn(t, server, tokens)
	ssotest.Retrieve(t, load(t, latchkey.WithProfile("dev", options[0])).Credentials) // from memory
	bearer, err := load(t, latchkey.WithProfile("dev", options[0])).BearerAuthTokenProvider.RetrieveBearerToken(t.Context())
	if next, loadErr := tokens.Load(t.Context(), "corp"); err != nil || loadErr != nil || string(next.AccessToken) != bearer.Value {
		t.Errorf("after a refresh, the store has %v, %v; want the token of %v", next, loadErr, err)
	}
	wantNoPlainFiles(t, home.Path)

	roles := rolecache.EncryptedDir{Dir: rolecache.Dir(home.File("latchkey/sealed/cli/cache")), Cipher: cipher}
	role := rolecache.Key{Session: "corp", AccountID: account, RoleName: "Developer"}
	cached := &rolecache.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "token", Expires: time.Unix(2e9, 0)}
	if err := roles.Store(t.Context(), role, cached); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	done, err := login.Logout(t.Context(), p.SignIn(), func(o *login.Options) { o.TokenStores = []tokenstore.Driver{ciphertest.NewDriver("sealed")} })
	if _, loadErr := tokens.Load(t.Context(), "corp"); !done || err != nil || !errors.Is(loadErr, tokencache.ErrNotFound) {
		t.Errorf("Logout = %t, %v; the store has %v", done, err, loadErr)
	}
	count(t, server, "Logout", 1)
	if _, err := roles.Load(t.Context(), role); !errors.Is(err, rolecache.ErrNotFound) {
		t.Errorf("after signing out, the store has the role credentials: %v", err)
	}
}

// TestTokenStoreNotLinked: without the driver, every call fails, and none uses plain files.
func TestTokenStoreNotLinked(t *testing.T) {
	home, server := newStoreHome(t, "")
	home.SignIn("corp") // in plain files
	t.Setenv("LATCHKEY_TOKEN_STORE", "keyring")
	p, err := profile.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	_, providerErr := provider.Load("dev")
	_, loginErr := login.Login(t.Context(), p.SignIn(), login.UI{})
	_, logoutErr := login.Logout(t.Context(), p.SignIn())
	for name, err := range map[string]error{"provider.Load": providerErr, "Login": loginErr, "Logout": logoutErr} {
		var missing *tokenstore.DriverError
		if !errors.As(err, &missing) || missing.Package != module+"/tokenstore/keyring" {
			t.Errorf("%s: %v, want a DriverError", name, err)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

// TestShareAccessToken: other tools find the access token alone, while the user is signed in. A sign-in of theirs is kept.
func TestShareAccessToken(t *testing.T) {
	home, server := newStoreHome(t, "latchkey_token_store = sealed:key\nlatchkey_share_access_token = true\n")
	cipher := ciphertest.New("key")
	stores := latchkey.WithTokenStores(ciphertest.NewDriver("sealed"))
	bearer := func() string {
		t.Helper()
		login := latchkey.WithLogin(login.UI{ShowCode: func(login.DeviceCode) {}})
		token, err := load(t, latchkey.WithProfile("dev", stores, login)).BearerAuthTokenProvider.RetrieveBearerToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return token.Value
	}
	shared, tokens := tokencache.Dir(home.File("sso/cache")), tokencache.EncryptedDir{
		Dir: tokencache.Dir(home.File("latchkey/sealed/sso/cache")), Cipher: cipher,
	}
	want := func(access string) {
		t.Helper()
		tok, err := shared.Load(t.Context(), "corp")
		if err != nil || string(tok.AccessToken) != access || tok.RefreshToken != "" || tok.ClientID != "" || tok.ClientSecret != "" || !tok.IsAccessCopy() {
			t.Errorf("the copy holds %v, %v", tok, err)
		}
	}
	want(bearer()) // after a sign-in

	expireIn(t, server, tokens)
	want(bearer()) // after a refresh

	p, err := profile.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := login.Logout(t.Context(), p.SignIn(), func(o *login.Options) { o.TokenStores = []tokenstore.Driver{ciphertest.NewDriver("sealed")} }); err != nil {
		t.Fatal(err)
	}
	if tok, err := shared.Load(t.Context(), "corp"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("after signing out, the copy holds %v, %v", tok, err)
	}

	home.SignIn("corp") // by another tool
	bearer()
	expireIn(t, server, tokens)
	bearer()
	if tok, err := shared.Load(t.Context(), "corp"); err != nil || tok.RefreshToken == "" {
		t.Errorf("the sign-in of another tool is now %v, %v", tok, err)
	}
}

// expireIn ages the sign-in by a day.
func expireIn(t *testing.T, server *idctest.Server, tokens tokencache.Cache) {
	t.Helper()
	tok, err := tokens.Load(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	server.ExpireAccessTokens()
	tok.ExpiresAt = tok.ExpiresAt.AddDate(0, 0, -1)
	if err := tokens.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
}

// wantNoPlainFiles checks that no file in the home directory but the config file is plain text.
func wantNoPlainFiles(t *testing.T, home string) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "config" {
			return err
		}
		data, err := os.ReadFile(path)
		if text := string(data); strings.Contains(text, "accessToken") || strings.Contains(text, "idctest") {
			t.Errorf("%s has the content %s", path, text)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
