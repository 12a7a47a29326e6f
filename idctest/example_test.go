package idctest_test

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sso/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

func Example() {
	srv, err := idctest.Start(func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer"}}}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	portal := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL())})
	input := &sso.GetRoleCredentialsInput{
		AccessToken: aws.String(srv.SignIn().AccessToken),
		AccountId:   aws.String("111122223333"),
		RoleName:    aws.String("Developer"),
	}
	out, err := portal.GetRoleCredentials(context.Background(), input)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("access key", (*out.RoleCredentials.AccessKeyId)[:4]+"...")

	srv.ExpireAccessTokens()
	_, err = portal.GetRoleCredentials(context.Background(), input)
	if _, ok := errors.AsType[*types.UnauthorizedException](err); ok {
		fmt.Println("the access token has expired")
	}

	for _, r := range srv.Requests() {
		fmt.Println(r)
	}
	// Output:
	// access key ASIA...
	// the access token has expired
	// GetRoleCredentials GET /federation/credentials 200
	// GetRoleCredentials GET /federation/credentials 401
}

// TestDocumentedSetUp is the program of the package comment, with the official SDK as the program.
func TestDocumentedSetUp(t *testing.T) {
	srv := idctest.NewServer(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home) // on Windows
	for _, kv := range srv.Env() {
		key, value, _ := strings.Cut(kv, "=")
		t.Setenv(key, value)
	}
	for _, name := range []string{"AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	write(t, filepath.Join(home, "config"), `
[default]
region = us-east-1
sso_session = my-session
sso_account_id = 123456789012
sso_role_name = Developer
[sso-session my-session]
sso_region = us-east-1
sso_start_url = https://d-0123456789.awsapps.com/start
`)
	file := filepath.Join(home, ".aws", "sso", "cache", fmt.Sprintf("%x.json", sha1.Sum([]byte("my-session"))))
	write(t, file, string(srv.SignIn().TokenFile()))

	cfg := must[aws.Config](t)(config.LoadDefaultConfig(t.Context()))
	creds := must[aws.Credentials](t)(cfg.Credentials.Retrieve(t.Context()))
	if creds.Source != "SSOProvider" || creds.AccountID != "123456789012" || !strings.HasPrefix(creds.AccessKeyID, "ASIA") {
		t.Errorf("credentials from %q for account %q", creds.Source, creds.AccountID)
	}
	if got := srv.Count(""); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
