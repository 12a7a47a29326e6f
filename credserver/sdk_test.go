package credserver_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/provider"
)

// loadConfig loads the SDK's configuration from an environment that has no other credentials.
func loadConfig(t *testing.T, environment map[string]string) aws.Config {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_EC2_METADATA_DISABLED",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for name, value := range environment {
		t.Setenv(name, value)
	}
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestGoSDK gets credentials with the official Go SDK: after their expiry, with replaced and wrong tokens,
// without a sign-in, and after a restart of the server.
func TestGoSDK(t *testing.T) {
	var offset atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	dev := newSource(time.Hour)
	dev.now = now
	s := newServer(t, dev, func(o *credserver.Options) { o.Now = now })
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(webtest.Port(t))) // no other program gets it meanwhile
	listenOn(t, s, address)
	file := filepath.Join(t.TempDir(), "token")
	write := func(token credserver.Secret) {
		filetest.Write(t, file, token)
	}
	write(s.Token("dev"))
	cfg := loadConfig(t, map[string]string{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI":     "http://" + address + s.Path("dev"),
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
		"AWS_EC2_METADATA_DISABLED":              "true",
	})
	retrieve := func() (aws.Credentials, error) {
		cfg.Credentials.(*aws.CredentialsCache).Invalidate()
		return cfg.Credentials.Retrieve(t.Context())
	}
	want := func(when, id string) {
		t.Helper()
		creds, err := retrieve()
		if err != nil || creds.AccessKeyID != id || creds.SessionToken == "" || creds.AccountID != "012345678901" || !creds.CanExpire {
			t.Errorf("%s: %s of account %s, expires %t: %v", when, creds.AccessKeyID, creds.AccountID, creds.CanExpire, err)
		}
	}
	wantError := func(when, text string) {
		t.Helper()
		if _, err := retrieve(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", when, err)
		}
	}

	want("first", "ASIA1")
	offset.Add(int64(2 * time.Hour))
	want("after the expiry", "ASIA2")
	write(s.Rotate("dev", 0))
	want("with the new token", "ASIA2")
	write("wrong")
	wantError("with a wrong token", credserver.CodeUnauthorized)
	write(s.Token("audit/eu"))
	wantError("with the token of another profile", credserver.CodeAccessDenied)
	write(s.Token("dev"))

	dev.set(func(d *source) { d.err = &provider.LoginRequiredError{Profile: "dev", Reason: "the sign-in expired"} })
	offset.Add(int64(2 * time.Hour))
	wantError("without a sign-in", credserver.CodeLoginRequired+": ")
	dev.set(func(d *source) { d.err = nil })
	offset.Add(int64(time.Second))
	want("after the next sign-in", "ASIA4")

	s.Close()
	wantError("without a server", "refused")
	s = newServer(t, dev, func(o *credserver.Options) { o.Now = now })
	listenOn(t, s, address)
	wantError("with the token of the old server", credserver.CodeUnauthorized)
	write(s.Token("dev"))
	want("with that of the new", "ASIA5")
}

// TestGoSDKOverIMDS gets credentials with the Go SDK's provider for EC2 instances.
func TestGoSDKOverIMDS(t *testing.T) {
	s := newServer(t, newSource(time.Hour), withIMDS)
	address := listen(t, s)
	cfg := loadConfig(t, map[string]string{
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": string(s.IMDSEndpoint("dev", address)),
		"AWS_EC2_METADATA_V1_DISABLED":      "true",
	})
	creds, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || creds.AccessKeyID != "ASIA1" || !creds.CanExpire {
		t.Errorf("%s, expires %t: %v", creds.AccessKeyID, creds.CanExpire, err)
	}
}
