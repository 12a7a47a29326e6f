//go:build unix

package ssoclient_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
)

// TestBundleIsNoFile checks that a bundle that is a device or a pipe is an error at once.
func TestBundleIsNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large.pem")
	filetest.Write(t, large, "")
	if err := os.Truncate(large, 10<<30); err != nil { // sparse
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero", dir, large} {
		p := profile.SignIn{Session: &profile.Session{Region: "eu-west-1"}, Connection: profile.Connection{CABundle: path}}
		_, err := ssoclient.OIDC(p, aws.Config{})
		if _, ok := errors.AsType[*profile.Error](err); !ok {
			t.Errorf("%s: %v", path, err)
		}
	}
}
