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
	"github.com/latchkey-sso/latchkey/tokencache"
)

func ExampleWithProfile() {
	defer signedIn()() // a stand-in for "latchkey login --profile dev"

	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
	if err != nil {
		log.Fatal(err)
	}
	creds, err := cfg.Credentials.Retrieve(ctx) // as the clients made from cfg do
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cfg.Region, creds.AccountID, creds.Source)
	// Output: eu-west-1 123456789012 LatchkeyProvider
}

// signedIn makes a home directory that a person has signed in from, and returns
// the function that removes it.
func signedIn() func() {
	home, err := os.MkdirTemp("", "latchkey-example-")
	if err != nil {
		log.Fatal(err)
	}
	server, err := idctest.Start()
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

// setenv sets environment variables and returns the function that undoes it.
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
