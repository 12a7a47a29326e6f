//go:build python

package interop

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
)

// roleConfig has a sign-in without an sso-session: AWS CLI 2.9 finds no token for a source_profile with one.
const roleConfig = `[profile dev]
sso_start_url = https://d-0123456789.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1

[profile least]
role_arn = arn:aws:iam::444455556666:role/least
source_profile = dev
region = eu-west-1

[profile all]
role_arn = arn:aws:iam::444455556666:role/path/all
source_profile = least
role_session_name = me@example.com
external_id = x/é-1
duration_seconds = 1800
region = eu-west-1
`

// newRoleWorld is a signed-in world whose services are also where AWS has them, behind a proxy: the AWS CLI of
// Debian 12 takes no other endpoints.
func newRoleWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(o *idctest.Options) { o.Region = "eu-west-1" })
	w.Write("config", roleConfig)
	w.SignIn("https://d-0123456789.awsapps.com/start")
	target, err := url.Parse(w.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	aws := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		host := r.In.Host // which is signed
		r.SetURL(target)
		r.Out.Host = host
	}})
	aws.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, bundle)}, MinVersion: tls.VersionTLS12}
	aws.StartTLS()
	t.Cleanup(aws.Close)
	proxy := httptest.NewServer(tunnel(aws.Listener.Addr().String()))
	t.Cleanup(proxy.Close)
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "AWS_ENDPOINT_URL") {
			t.Setenv(name, "")
			_ = os.Unsetenv(name)
		}
	}
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("AWS_CA_BUNDLE", bundle)
	return w
}

// stdoutOf runs a program and returns its stdout.
func stdoutOf(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	out, err := cmd.Output()
	if err != nil {
		stderr := ""
		if exit, ok := err.(*exec.ExitError); ok {
			stderr = string(exit.Stderr)
		}
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr)
	}
	return string(out)
}

// TestAWSCLIAssumeRole has the AWS CLI and Latchkey use each other's files of assumed roles: the second sends no
// request. The formats of both are the same to the byte.
func TestAWSCLIAssumeRole(t *testing.T) {
	awsCLI := cmp.Or(os.Getenv("AWS_CLI"), "aws")
	for _, first := range []string{"AWS CLI", "Latchkey"} {
		t.Run("first "+first, func(t *testing.T) {
			w := newRoleWorld(t)
			theirs := func(profile, format string) string {
				return stdoutOf(t, awsCLI, "configure", "export-credentials", "--profile", profile, "--format", format)
			}
			ours := func(profile, format string) string {
				return stdoutOf(t, w.command, "env", "--profile", profile, "--format", format)
			}
			one, other := theirs, ours
			if first == "Latchkey" {
				one, other = ours, theirs
			}
			for _, profile := range []string{"least", "all"} {
				got := one(profile, "process")
				if w.server.Count("AssumeRole") == 0 {
					t.Error("no AssumeRole")
				}
				w.server.ResetRequests()
				for _, format := range []string{"process", "env", "env-no-export", "powershell", "windows-cmd"} {
					if diff := gocmp.Diff(one(profile, format), other(profile, format)); diff != "" {
						t.Errorf("%s: %s", format, diff)
					}
				}
				if requests := w.server.Requests(); len(requests) > 0 {
					t.Errorf("requests: %v", requests)
				}
				if !json.Valid([]byte(got)) {
					t.Errorf("not JSON: %s", got)
				}
			}
		})
	}
}

// TestBoto3Exec holds that boto3 and the AWS CLI under exec have the credentials, whatever the environment led them to before.
func TestBoto3Exec(t *testing.T) {
	w := newRoleWorld(t)
	for _, kv := range []string{
		"AWS_PROFILE=missing", "AWS_DEFAULT_PROFILE=missing", "AWS_SECURITY_TOKEN=stale", "AWS_ROLE_ARN=stale", "AWS_WEB_IDENTITY_TOKEN_FILE=/missing",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1", "AWS_CREDENTIAL_EXPIRATION=2000-01-01T00:00:00Z",
	} {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	want := keysOf(t, stdoutOf(t, w.command, "env", "--profile", "least", "--shell", "json"))
	program := `import boto3, json, os
s = boto3.Session()
c = s.get_credentials().get_frozen_credentials()
print(json.dumps({"AWS_ACCESS_KEY_ID": c.access_key, "AWS_SECRET_ACCESS_KEY": c.secret_key, "AWS_SESSION_TOKEN": c.token, "AWS_DEFAULT_REGION": s.region_name}))`
	got := keysOf(t, stdoutOf(t, w.command, "exec", "--profile", "least", "--", "python3", "-c", program))
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"} {
		if got[name] != want[name] || got[name] == "" {
			t.Errorf("%s is %q, want %q", name, got[name], want[name])
		}
	}
	awsCLI := cmp.Or(os.Getenv("AWS_CLI"), "aws")
	env := stdoutOf(t, w.command, "exec", "--profile", "least", "--", awsCLI, "configure", "export-credentials", "--format", "env-no-export")
	if !strings.Contains(env, "AWS_ACCESS_KEY_ID="+want["AWS_ACCESS_KEY_ID"]+"\n") {
		t.Errorf("the AWS CLI has %s", env)
	}
}

func keysOf(t *testing.T, text string) map[string]string {
	t.Helper()
	var keys map[string]string
	if err := json.Unmarshal([]byte(text), &keys); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return keys
}
