package latchkey_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func ExampleWithProfile() {
	defer signedIn()() // a stand-in for "latchkey login --profile dev"

	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
	if err != nil {
		log.Fatal(err)
	}
	creds, err := cfg.Credentials.Retrieve(ctx) // as clients made from cfg do
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cfg.Region, creds.AccountID, creds.Source)
	// Output: eu-west-1 123456789012 LatchkeyProvider
}

// A program with a user at the terminal signs in when necessary.
func ExampleWithLogin() {
	defer signedIn()()
	ctx := context.Background()
	if _, err := login.Logout(ctx, corp()); err != nil { // the user has signed out
		log.Fatal(err)
	}

	ui := login.UI{
		ShowCode: func(code login.DeviceCode) {
			fmt.Println("Open", code.VerificationURIComplete != "", "and compare the code", code.UserCode != "")
		},
	}
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev", latchkey.WithLogin(ui)))
	if err != nil {
		log.Fatal(err)
	}
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(creds.AccountID)
	// Output:
	// Open true and compare the code true
	// 123456789012
}

// corp is the sign-in of the profile in the examples.
func corp() profile.SignIn {
	p, err := profile.Load("dev")
	if err != nil {
		log.Fatal(err)
	}
	return p.SignIn()
}

// signedIn creates a home directory with a sign-in and points the environment at it. It returns a
// function that undoes this.
func signedIn() func() {
	home, err := os.MkdirTemp("", "latchkey-example-")
	if err != nil {
		log.Fatal(err)
	}
	server, err := idctest.Start(func(o *idctest.Options) { o.AutoApprove = true })
	if err != nil {
		log.Fatal(err)
	}
	signIn := server.SignIn()
	cache := tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache"))
	token, err := tokencache.Parse(signIn.TokenFile())
	if err != nil {
		log.Fatal(err)
	}
	if err := cache.Store(context.Background(), "corp", token); err != nil {
		log.Fatal(err)
	}
	settings := `[sso-session corp]
sso_start_url = ` + signIn.StartURL + `
sso_region = ` + signIn.Region + `

[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Developer
region = eu-west-1
`
	if err := os.WriteFile(filepath.Join(home, ".aws", "config"), []byte(settings), 0o600); err != nil {
		log.Fatal(err)
	}
	restore := setenv(map[string]string{
		"HOME":                      home,
		"AWS_CONFIG_FILE":           filepath.Join(home, ".aws", "config"),
		"AWS_ENDPOINT_URL_SSO":      server.URL(),
		"AWS_ENDPOINT_URL_SSO_OIDC": server.URL(),
	})
	return func() {
		restore()
		server.Close()
		os.RemoveAll(home)
	}
}

// setenv sets environment variables and returns a function that restores them.
func setenv(env map[string]string) func() {
	old := map[string]*string{}
	for k, v := range env {
		if before, ok := os.LookupEnv(k); ok {
			old[k] = &before
		} else {
			old[k] = nil
		}
		os.Setenv(k, v)
	}
	return func() {
		for k, v := range old {
			if v == nil {
				os.Unsetenv(k)
			} else {
				os.Setenv(k, *v)
			}
		}
	}
}
