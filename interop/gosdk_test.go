package interop

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// TestGoSDKCredentialProcess runs the command the way the official Go SDK does
// for a profile with credential_process.
func TestGoSDKCredentialProcess(t *testing.T) {
	w := newWorld(t)
	first := retrieve(t, "ext")
	if first.AccountID != account {
		t.Errorf("AccountID = %q, want %q", first.AccountID, account)
	}
	if left := time.Until(first.Expires); !first.CanExpire || left < 50*time.Minute || left > time.Hour {
		t.Errorf("Expires in %s, want about an hour", left)
	}
	second := retrieve(t, "ext")
	if second.AccessKeyID != first.AccessKeyID || second.SessionToken != first.SessionToken {
		t.Error("the second process did not get the credentials of the first")
	}
	if n := w.server.Count("GetRoleCredentials"); n != 1 {
		t.Errorf("%d GetRoleCredentials calls, want 1", n)
	}
}

// TestGoSDKReadsOurToken lets the Go SDK's own SSO provider use a token file
// that latchkey has refreshed and written.
func TestGoSDKReadsOurToken(t *testing.T) {
	w := newWorld(t)
	w.expire(t)
	retrieve(t, "ext") // refreshes the token
	if n := w.server.Count("CreateToken"); n != 1 {
		t.Fatalf("%d CreateToken calls, want 1", n)
	}
	theirs := retrieve(t, "dev")
	if theirs.Source != "SSOProvider" {
		t.Fatalf("credentials came from %q, not from the SDK's own provider", theirs.Source)
	}
	if n := w.server.Count("CreateToken"); n != 1 {
		t.Errorf("%d CreateToken calls after the SDK read our token, want 1", n)
	}
}

// TestReadTokenOfGoSDK is the other way round.
func TestReadTokenOfGoSDK(t *testing.T) {
	w := newWorld(t)
	w.expire(t)
	retrieve(t, "dev") // the SDK's own provider refreshes
	if n := w.server.Count("CreateToken"); n != 1 {
		t.Fatalf("%d CreateToken calls, want 1", n)
	}
	retrieve(t, "ext")
	if n := w.server.Count("CreateToken"); n != 1 {
		t.Errorf("%d CreateToken calls after we read the SDK's token, want 1", n)
	}
}

func retrieve(t *testing.T, name string) aws.Credentials {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile(name))
	if err != nil {
		t.Fatal(err)
	}
	creds, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return creds
}
