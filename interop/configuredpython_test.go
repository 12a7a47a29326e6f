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

// newConfiguredBehindProxy is newConfigured for tools as old as Debian's, which take no other
// endpoints than AWS's.
func newConfiguredBehindProxy(t *testing.T) *world {
	t.Helper()
	w := newConfigured(t)
	server, err := url.Parse(w.server.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy, bundle := behindProxy(t, httputil.NewSingleHostReverseProxy(server))
	t.Setenv("HTTPS_PROXY", proxy)
	t.Setenv("AWS_CA_BUNDLE", bundle)
	return w
}

// TestBoto3ReadsConfigured reads what latchkey configure wrote with boto3.
func TestBoto3ReadsConfigured(t *testing.T) {
	newConfiguredBehindProxy(t).reads(t, func(profile string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "python3", "-c", boto3Program)
		cmd.Env = append(os.Environ(), "AWS_PROFILE="+profile)
		return prints(cmd)
	})
}

// TestAWSCLIReadsConfigured reads what latchkey configure wrote with the AWS CLI, and sees the
// profiles listed.
func TestAWSCLIReadsConfigured(t *testing.T) {
	command := cmp.Or(os.Getenv("AWS_CLI"), "aws")
	newConfiguredBehindProxy(t).reads(t, func(profile string) (string, error) {
		var creds struct{ AccessKeyId string }
		out, err := exec.CommandContext(t.Context(), command, "configure", "export-credentials", "--profile", profile).Output()
		if err == nil {
			err = json.Unmarshal(out, &creds)
		}
		return creds.AccessKeyId, err
	})
}

// prints runs a tool that prints a key id, and words after it.
func prints(cmd *exec.Cmd) (keyID string, err error) {
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	keyID, _, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	return keyID, err
}
