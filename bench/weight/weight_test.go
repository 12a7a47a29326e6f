package weight

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestCommandSize holds the command, stripped and without cgo, to 12 MB.
func TestCommandSize(t *testing.T) {
	const limit = 12_000_000
	size, err := CommandSize(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", size)
	if size > limit {
		t.Errorf("%d bytes, more than %d: go -C bench run . -run modules shows what they are", size, limit)
	}
}

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

// TestClientsWeight limits what linking the clients adds to a program, in bytes of a stripped binary.
// Measured with Go 1.26 over aws core: the portal client 315 kB, the OIDC client 336 kB, both 369 kB; over a
// program that does no more than HTTP and JSON both 782 kB, of which aws core is 414 kB. The SDK's own clients
// add 803 kB and 1,036 kB to aws core.
func TestClientsWeight(t *testing.T) {
	size := func(imports, calls string) int64 {
		c, err := Importer{"", imports, calls}.Measure(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return c.Bytes
	}
	alone := size("", "")
	core := size(coreImports, coreCalls)
	portal := size(portalImports, portalCalls)
	oidc := size(oidcImports, oidcCalls)
	both := size(portalImports+oidcImports, portalCalls+oidcCalls)
	for name, tt := range map[string]struct{ added, limit int64 }{
		"the portal client over aws core": {portal - core, 355_000},
		"the OIDC client over aws core":   {oidc - core, 365_000},
		"both clients over aws core":      {both - core, 395_000},
		"both clients over HTTP and JSON": {both - alone, 800_000},
		"aws core over HTTP and JSON":     {core - alone, 500_000},
	} {
		t.Logf("%s: %d bytes", name, tt.added)
		if tt.added > tt.limit || tt.added <= 0 {
			t.Errorf("%s: %d bytes, more than %d", name, tt.added, tt.limit)
		}
	}
}

// TestClientsStartUp: the clients run no code before main, so that a program that may not need them starts as
// fast as without. What is left is some two page faults, less than 0.05 ms.
func TestClientsStartUp(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("runs a program for linux/amd64")
	}
	dir := t.TempDir()
	if _, err := (Importer{"", portalImports + oidcImports, portalCalls + oidcCalls}).Measure(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	binaries, err := filepath.Glob(filepath.Join(dir, "*", "program"))
	if err != nil || len(binaries) != 1 {
		t.Fatalf("binaries %v, error %v", binaries, err)
	}
	cmd := exec.CommandContext(t.Context(), binaries[0], "none:") // a URL that nothing is sent to
	cmd.Env = append(cmd.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if !bytes.Contains(trace, []byte("init net/http @")) {
		t.Fatalf("no trace of initialization: %v\n%s", err, trace)
	}
	for line := range strings.Lines(string(trace)) {
		if strings.Contains(line, module) {
			t.Errorf("runs before main: %s", line)
		}
	}
}

func TestModuleOf(t *testing.T) {
	modules := []string{module, "github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-sdk-go-v2/config", "rsc.io/qr"}
	for symbol, want := range map[string]string{
		"main.run":                                 module,
		module + "/provider.(*Provider).x":         module,
		module + ".WithProfile":                    module,
		"github.com/aws/aws-sdk-go-v2/aws/retry.f": "github.com/aws/aws-sdk-go-v2",
		"github.com/aws/aws-sdk-go-v2/config.Load": "github.com/aws/aws-sdk-go-v2/config",
		"net/http.(*Transport).dial":               "the standard library",
		"rsc.io/qr.Encode":                         "rsc.io/qr",
	} {
		if got := moduleOf(symbol, modules); got != want {
			t.Errorf("%s is of %q, want %q", symbol, got, want)
		}
	}
}
