package doctest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/cli/browser"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
	"github.com/latchkey-sso/latchkey/tokenstore/age"
	"github.com/latchkey-sso/latchkey/tokenstore/keyring"
)

// The tests below contain the Go snippets of the pages: see TestSnippets.

// atHome sets up a home directory with testdata/config and a sign-in, for snippets.
func atHome(t *testing.T) (context.Context, *idctest.HomeDir, *idctest.Server) {
	t.Helper()
	srv := newServer(t)
	home := idctest.Home(t, srv)
	home.Write("config", filetest.Read(t, filepath.Join("testdata", "config")))
	home.SignIn("corp")
	return t.Context(), home, srv
}

// signOut deletes the sign-in.
func signOut(t *testing.T, home *idctest.HomeDir) {
	t.Helper()
	if err := os.RemoveAll(home.File("sso")); err != nil {
		t.Fatal(err)
	}
}

// wantAccount calls STS with a client.
func wantAccount(t *testing.T, client *sts.Client, err error, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != want {
		t.Errorf("account %s, want %s", *out.Account, want)
	}
}

func TestWithProfile(t *testing.T) {
	ctx, _, _ := atHome(t)
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
	wantAccount(t, sts.NewFromConfig(cfg), err, "111122223333")
}

func TestProvider(t *testing.T) {
	_, _, srv := atHome(t)
	err := func() error {
		p, err := provider.Load("dev") // an aws.CredentialsProvider and a bearer.TokenProvider
		if err != nil {
			return err
		}
		client := sts.New(sts.Options{Region: "eu-west-1", Credentials: aws.NewCredentialsCache(p)})
		client = sts.New(client.Options(), func(o *sts.Options) { o.BaseEndpoint = aws.String(srv.URL()) })
		wantAccount(t, client, nil, "111122223333")
		return nil
	}()
	if err != nil {
		t.Error(err)
	}
}

func TestLoginRequired(t *testing.T) {
	ctx, home, _ := atHome(t)
	signOut(t, home)
	err := func() error {
		p, err := provider.Load("dev")
		if err != nil {
			return err
		}
		_, err = p.Retrieve(ctx)
		var required *provider.LoginRequiredError
		if errors.As(err, &required) {
			return fmt.Errorf("%w\nrun latchkey login --profile %s", err, required.Profile)
		}
		return err
	}()
	if err == nil || !strings.HasSuffix(err.Error(), "not signed in\nrun latchkey login --profile dev") {
		t.Errorf("got %v", err)
	}
}

func TestTokenStores(t *testing.T) {
	ctx, home, _ := atHome(t)
	t.Setenv("LATCHKEY_TOKEN_STORE", "age:"+home.File("identity.txt"))
	stores := latchkey.WithTokenStores(keyring.Driver, age.Driver)
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev", stores))
	if err != nil {
		t.Fatal(err)
	}
	var required *provider.LoginRequiredError
	if _, err = cfg.Credentials.Retrieve(ctx); !errors.As(err, &required) {
		t.Errorf("with an empty store: %v", err)
	}
}

func TestRoleCache(t *testing.T) {
	ctx, home, _ := atHome(t)
	err := func() error {
		roles, err := rolecache.DefaultDir()
		if err != nil {
			return err
		}
		p, err := provider.Load("dev", func(o *provider.Options) { o.RoleCache = roles })
		if err != nil {
			return err
		}
		_, err = p.Retrieve(ctx)
		return err
	}()
	files, _ := filepath.Glob(home.File("cli/cache/*.json"))
	if err != nil || len(files) != 1 {
		t.Errorf("%v, cached %q", err, files)
	}
}

func TestSignInFromProgram(t *testing.T) {
	ctx, home, _ := atHome(t)
	signOut(t, home)
	ui := login.UI{
		ShowURL:     func(r login.AuthorizationRequest) { fmt.Println("Open", r.URL) },
		OpenBrowser: browser.OpenURL, // from github.com/cli/browser, for example
	}
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev", latchkey.WithLogin(ui)))
	wantAccount(t, sts.NewFromConfig(cfg), err, "111122223333")
}

func TestAllRoles(t *testing.T) {
	ctx, _, _ := atHome(t)
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := provider.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	var accounts []string
	err = func() error {
		for role, err := range p.AllRoles(ctx) {
			if err != nil {
				return err
			}
			cfg.Credentials = aws.NewCredentialsCache(role)
			client := sts.NewFromConfig(cfg)
			out, err := client.GetCallerIdentity(ctx, nil)
			if err != nil {
				return err
			}
			accounts = append(accounts, *out.Account)
		}
		return nil
	}()
	if err != nil || len(accounts) != 6 {
		t.Errorf("%v, accounts %q", err, accounts)
	}
}

func newCache(dir string) tokencache.Cache { return tokencache.Dir(dir) }

func TestCache(t *testing.T) {
	cachetest.Test(t, func(t *testing.T) tokencache.Cache { return newCache(t.TempDir()) })
}

func TestProgram(t *testing.T) {
	srv := idctest.NewServer(t)
	idctest.Home(t, srv).SignIn() // a temporary home directory, with a config file and a sign-in

	cfg, err := config.LoadDefaultConfig(t.Context(), latchkey.WithProfile(""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Credentials.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}

	srv.ExpireAccessTokens() // the next request to Identity Center is rejected, and the token refreshed
}

//nolint:ineffassign // the snippet shows two ways
func TestPortalClient(t *testing.T) {
	ctx, home, srv := atHome(t)
	token := home.SignIn("corp").AccessToken
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
	if err != nil {
		t.Fatal(err)
	}
	client := sso.New(sso.Options{Region: "eu-west-1"})                     // by hand
	client = sso.NewFromConfig(cfg, func(o *sso.Options) { o.AppID = "x" }) // from config.LoadDefaultConfig

	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	list := func() error {
		for account, err := range client.Accounts(ctx, token) { // for await (const page of paginateListAccounts(…))
			if err != nil {
				return err
			}
			fmt.Println(*account.AccountId)
		}
		return nil
	}
	if err := list(); err != nil || srv.Count("ListAccounts") != 1 {
		t.Errorf("%v after %v", err, srv.Requests())
	}

	srv.ExpireAccessTokens()
	err = list()
	signedIn := false
	signIn := func() { signedIn = true }
	var unauthorized *sso.UnauthorizedException // Go v2: *types.UnauthorizedException
	if errors.As(err, &unauthorized) {
		signIn()
	}
	if !signedIn {
		t.Error(err)
	}
}
