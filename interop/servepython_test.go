//go:build python

package interop

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The tests of this file need Python 3 with boto3, and the AWS CLI, as "aws" or as $AWS_CLI:
// go test -tags python ./interop

const boto3Program = `
import boto3
try:
    c = boto3.Session().get_credentials()
    print(c.access_key if c else "nothing", c.method if c else "")
except Exception as e:
    print("error", e)
`

// TestBoto3Serve gets credentials from latchkey serve with boto3.
func TestBoto3Serve(t *testing.T) {
	w := newWorld(t)
	w.lives(t, func() (string, string) {
		cmd := exec.CommandContext(t.Context(), "python3", "-c", boto3Program)
		cmd.Env = withToken(t, w)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("python3: %v\n%s", err, out)
		}
		if id, found := strings.CutSuffix(strings.TrimSpace(string(out)), " container-role"); found {
			return id, ""
		}
		return "", string(out)
	})
}

// TestBoto3ServeIMDS gets credentials with boto3's provider for EC2 instances.
func TestBoto3ServeIMDS(t *testing.T) {
	w := newWorld(t)
	w.serve(t, "--imds")
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
	os.Unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "false")
	t.Setenv("AWS_METADATA_SERVICE_TIMEOUT", "60") // seconds: one is too little on a busy machine
	out, err := exec.CommandContext(t.Context(), "python3", "-c", boto3Program).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "ASIA") || !strings.Contains(string(out), "iam-role") {
		t.Errorf("%v: %s", err, out)
	}
}

var listedKey = regexp.MustCompile(`access_key\s*:?\s*\*+([A-Z0-9]{4})\s*:?\s*container-role`)

// TestAWSCLIServe gets credentials from latchkey serve with the AWS CLI, which lists the last four
// characters of a key.
func TestAWSCLIServe(t *testing.T) {
	command := "aws"
	if c := os.Getenv("AWS_CLI"); c != "" {
		command = c
	}
	w := newWorld(t)
	w.lives(t, func() (string, string) {
		cmd := exec.CommandContext(t.Context(), command, "configure", "list")
		cmd.Env = withToken(t, w)
		out, err := cmd.CombinedOutput()
		if m := listedKey.FindSubmatch(out); m != nil {
			return "ASIA" + string(m[1]), ""
		}
		return "", string(out) + errorText(err)
	})
}

// withToken returns the environment with the token itself: boto3 1.26 and AWS CLI 2.9, as in
// Debian 12, do not read the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names.
func withToken(t *testing.T, w *world) []string {
	t.Helper()
	return append(os.Environ(), "AWS_CONTAINER_AUTHORIZATION_TOKEN="+readToken(t, w))
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
