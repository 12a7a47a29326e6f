//go:build python

package interop

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// behindProxy makes Identity Center available where AWS has it, for tools as old as Debian's, which
// take no other endpoints.
func (w *world) behindProxy(t *testing.T) *world {
	t.Helper()
	server, err := url.Parse(w.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy, bundle := behindProxy(t, httputil.NewSingleHostReverseProxy(server))
	t.Setenv("HTTPS_PROXY", proxy)
	t.Setenv("AWS_CA_BUNDLE", bundle)
	return w
}

// boto3Key returns a tool for reads: boto3.
func boto3Key(t *testing.T) func(profile string) (keyID string, err error) {
	t.Helper()
	return func(profile string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "python3", "-c", boto3Program)
		cmd.Env = append(os.Environ(), "AWS_PROFILE="+profile)
		return prints(cmd)
	}
}

// awsCLIKey returns a tool for reads: the AWS CLI.
func awsCLIKey(t *testing.T) func(profile string) (keyID string, err error) {
	t.Helper()
	command := cmp.Or(os.Getenv("AWS_CLI"), "aws")
	return func(profile string) (string, error) {
		var creds struct{ AccessKeyId string }
		out, err := exec.CommandContext(t.Context(), command, "configure", "export-credentials", "--profile", profile).Output()
		if err == nil {
			err = json.Unmarshal(out, &creds)
		}
		return creds.AccessKeyId, err
	}
}

// TestBoto3ReadsConfigured reads what latchkey configure wrote with boto3.
func TestBoto3ReadsConfigured(t *testing.T) {
	newConfigured(t).behindProxy(t).reads(t, boto3Key(t))
}

// TestAWSCLIReadsConfigured reads what latchkey configure wrote with the AWS CLI, and sees the
// profiles listed.
func TestAWSCLIReadsConfigured(t *testing.T) {
	newConfigured(t).behindProxy(t).reads(t, awsCLIKey(t))
}

// TestBoto3ReadsAccessCopy reads the copy of an access token with boto3.
func TestBoto3ReadsAccessCopy(t *testing.T) {
	newWorld(t).behindProxy(t).readsAccessCopy(t, boto3Key(t))
}

// TestAWSCLIReadsAccessCopy reads the copy of an access token with the AWS CLI.
func TestAWSCLIReadsAccessCopy(t *testing.T) {
	newWorld(t).behindProxy(t).readsAccessCopy(t, awsCLIKey(t))
}

// prints runs a tool that prints a key id, and words after it.
func prints(cmd *exec.Cmd) (keyID string, err error) {
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	keyID, rest, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if keyID == "error" {
		err = errors.New(rest)
	}
	return keyID, err
}
