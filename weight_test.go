package latchkey_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bare is a program that makes an HTTP request with the SDK's client and reads JSON: what every
// program that talks to AWS links, before it links a client.
const bare = `package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	//imports
)

func main() {
	ctx := context.Background()
	cfg := aws.Config{Region: "us-east-1", HTTPClient: awshttp.NewBuildableClient()}
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, os.Args[1], nil)
	resp, err := cfg.HTTPClient.Do(req)
	if err != nil {
		os.Exit(1)
	}
	var members map[string]json.RawMessage
	_ = json.NewDecoder(resp.Body).Decode(&members)
	_ = json.NewEncoder(os.Stdout).Encode(members)
	//calls
}
`

// The rest of aws core that any client links: its middleware stack, retryer and signer.
const (
	coreImports = `
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"`
	coreCalls = `
	stack := middleware.NewStack("Operation", smithyhttp.NewStackRequest)
	_ = retry.AddRetryMiddlewares(stack, retry.AddRetryMiddlewaresOptions{Retryer: retry.NewStandard()})
	_ = stack.Finalize.Add(v4.NewSignHTTPRequestMiddleware(v4.SignHTTPRequestMiddlewareOptions{Signer: v4.NewSigner()}), middleware.After)
	_ = stack.Finalize.Add(&v4.ComputePayloadSHA256{}, middleware.After)
	_ = awsmiddleware.AddRawResponseToMetadata(stack)
	_ = awsmiddleware.AddRequestIDRetrieverMiddleware(stack)
	_ = awshttp.AddResponseErrorMiddleware(stack)
	_ = awsmiddleware.AddRecordResponseTiming(stack)
	_ = stack.Build.Add(awsmiddleware.NewRequestUserAgent(), middleware.After)
	_, _, _ = middleware.DecorateHandler(smithyhttp.NewClientHandler(cfg.HTTPClient), stack).Handle(ctx, nil)`
	portalImports = `
	"github.com/latchkey-sso/latchkey/sso"`
	portalCalls = `
	_, _ = sso.NewFromConfig(cfg).GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{})`
	oidcImports = `
	"github.com/latchkey-sso/latchkey/ssooidc"`
	oidcCalls = `
	_, _ = ssooidc.NewFromConfig(cfg).CreateToken(ctx, &ssooidc.CreateTokenInput{})`
)

// TestWeight holds what linking the clients adds to a program, in bytes of a stripped Linux binary.
// Measured with Go 1.26 over aws core: the portal client 315 kB, the OIDC client 336 kB, both 369 kB;
// over a program that does no more than HTTP and JSON both 782 kB, of which aws core is 414 kB. The SDK's own
// clients add 803 kB and 1,036 kB to aws core.
func TestWeight(t *testing.T) {
	size := func(imports, calls string) int64 { return sizeOf(t, imports, calls) }
	alone := size("", "")
	core := size(coreImports, coreCalls)
	portal := size(portalImports, portalCalls)
	oidc := size(oidcImports, oidcCalls)
	both := size(portalImports+oidcImports, portalCalls+oidcCalls)
	for name, tt := range map[string]struct{ added, limit int64 }{
		"the portal client over aws core":     {portal - core, 345_000},
		"the OIDC client over aws core":       {oidc - core, 345_000},
		"both clients over aws core":          {both - core, 380_000},
		"both clients over HTTP and JSON":     {both - alone, 800_000},
		"aws core, which these are held over": {core - alone, 500_000},
	} {
		t.Logf("%s: %d bytes", name, tt.added)
		if tt.added > tt.limit || tt.added <= 0 {
			t.Errorf("%s: %d bytes, more than %d", name, tt.added, tt.limit)
		}
	}
}

// TestStartUp holds that the clients run no code before main, so that a program that only may need
// them starts as fast without them as with: what is left is some two page faults, and under 0.05 ms.
func TestStartUp(t *testing.T) {
	binary := build(t, portalImports+oidcImports, portalCalls+oidcCalls)
	cmd := exec.CommandContext(t.Context(), binary, "none:") // a URL that nothing is sent to
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if !bytes.Contains(trace, []byte("init net/http @")) {
		t.Fatalf("no trace of initialisation: %v\n%s", err, trace)
	}
	for line := range strings.Lines(string(trace)) {
		if strings.Contains(line, module) {
			t.Errorf("runs before main: %s", line)
		}
	}
}

// sizeOf returns the size of the bare program with more imports and calls.
func sizeOf(t *testing.T, imports, calls string) int64 {
	t.Helper()
	info, err := os.Stat(build(t, imports, calls, "GOOS=linux", "GOARCH=amd64"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// build builds the bare program with more imports and calls, and returns the path of the binary.
func build(t *testing.T, imports, calls string, env ...string) string {
	t.Helper()
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program.exe")
	text := strings.NewReplacer("//imports", imports, "//calls", calls).Replace(bare)
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, source)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}
