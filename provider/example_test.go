package provider_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// signedIn stands in for a profile in the config file and for "latchkey login": it returns a
// profile, the token cache with its sign-in, and a function that cleans up.
func signedIn(optFns ...func(*idctest.Options)) (p *profile.Profile, tokens tokencache.Dir, stop func()) {
	signIn, _, tokens, stop := ssotest.SignedIn(optFns...)
	return &profile.Profile{
		Name: "dev", Session: signIn.Session, Connection: signIn.Connection,
		AccountID: "123456789012", RoleName: "Developer",
	}, tokens, stop
}

// If the user must sign in, pass the SignIn of the error to login.Login. latchkey.WithLogin does
// this automatically.
func Example_signInAndRetry() {
	prof, tokens, stop := signedIn(func(o *idctest.Options) { o.AutoApprove = true })
	defer stop()
	ctx := context.Background()
	_ = tokens.Delete(ctx, "corp") // signed out

	p, err := provider.New(prof, func(o *provider.Options) { o.TokenCache = tokens })
	if err != nil {
		log.Fatal(err)
	}
	creds, err := p.Retrieve(ctx)
	var required *provider.LoginRequiredError
	if errors.As(err, &required) {
		fmt.Println("not signed in:", required.Reason)
		ui := login.UI{ShowCode: func(code login.DeviceCode) {
			fmt.Println("open the page and compare the code", len(code.UserCode) > 0)
		}}
		if _, err := login.Login(ctx, required.SignIn(), ui, func(o *login.Options) { o.TokenCache = tokens }); err != nil {
			log.Fatal(err)
		}
		creds, err = p.Retrieve(ctx)
	}
	fmt.Println(creds.AccountID, err)
	// Output:
	// not signed in: not signed in
	// open the page and compare the code true
	// 123456789012 <nil>
}

// Send the token in the Authorization header to a service that accepts Identity Center tokens. Get
// the token before each request, so that it is refreshed when necessary.
func ExampleProvider_RetrieveBearerToken() {
	prof, tokens, stop := signedIn()
	defer stop()
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("with a token:", len(r.Header.Get("Authorization")) > len("Bearer "))
	}))
	defer service.Close()

	ctx := context.Background()
	p, err := provider.New(prof, func(o *provider.Options) { o.TokenCache = tokens })
	if err != nil {
		log.Fatal(err)
	}
	token, err := p.RetrieveBearerToken(ctx)
	if err != nil {
		log.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, service.URL, http.NoBody)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Value)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// with a token: true
	// 200 OK
}

// Log to log/slog, with the profile as an attribute of every record.
func Example_slog() {
	prof, tokens, stop := signedIn()
	defer stop()
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey { // not in an example
				return slog.Attr{}
			}
			return a
		},
	})
	logger := slog.New(handler).With("component", "latchkey", "profile", prof.Name)

	p, err := provider.New(prof, func(o *provider.Options) {
		o.TokenCache = tokens
		o.Logger = logging.LoggerFunc(func(class logging.Classification, format string, args ...any) {
			level := slog.LevelDebug
			if class == logging.Warn {
				level = slog.LevelWarn
			}
			logger.Log(context.Background(), level, fmt.Sprintf(format, args...))
		})
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := p.Retrieve(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// level=DEBUG msg="calling GetRoleCredentials for account 123456789012, role Developer" component=latchkey profile=dev
}

// Measure every request to Identity Center with a middleware, as for any SDK client. A middleware
// can start a trace span in the same way.
func Example_metrics() {
	prof, tokens, stop := signedIn()
	defer stop()
	measure := middleware.InitializeMiddlewareFunc("Measure", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
		middleware.InitializeOutput, middleware.Metadata, error,
	) {
		start := time.Now()
		out, metadata, err := next.HandleInitialize(ctx, in)
		took := time.Since(start)
		fmt.Println(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), took > 0, err)
		return out, metadata, err
	})

	p, err := provider.New(prof, func(o *provider.Options) {
		o.TokenCache = tokens
		o.ClientConfig = func() aws.Config {
			return aws.Config{APIOptions: []func(*middleware.Stack) error{
				func(s *middleware.Stack) error { return s.Initialize.Add(measure, middleware.After) },
			}}
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := p.Retrieve(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: SSO GetRoleCredentials true <nil>
}

// To test how a program handles expired credentials, use one clock for the fake Identity Center and
// the Provider. Do not wrap the Provider in an aws.CredentialsCache, whose clock cannot be set
// outside of a testing/synctest bubble.
func Example_testExpiry() {
	var ahead time.Duration
	now := func() time.Time { return time.Now().Add(ahead) }
	prof, tokens, stop := signedIn(func(o *idctest.Options) { o.Now = now })
	defer stop()

	p, err := provider.New(prof, func(o *provider.Options) { o.TokenCache, o.Now = tokens, now })
	if err != nil {
		log.Fatal(err)
	}
	first, err := p.Retrieve(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	ahead = 2 * time.Hour
	second, err := p.Retrieve(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("renewed:", first.AccessKeyID != second.AccessKeyID, "valid:", second.Expires.After(now()))
	// Output: renewed: true valid: true
}

// Use another role with the same sign-in and connections. For all roles, see AllRoles.
func ExampleProvider_WithRole() {
	prof, tokens, stop := signedIn(func(o *idctest.Options) {
		o.Accounts = []idctest.Account{
			{ID: "123456789012", Roles: []string{"Developer"}},
			{ID: "444455556666", Roles: []string{"Auditor"}},
		}
	})
	defer stop()
	p, err := provider.New(prof, func(o *provider.Options) { o.TokenCache = tokens })
	if err != nil {
		log.Fatal(err)
	}
	creds, err := p.WithRole("444455556666", "Auditor").Retrieve(context.Background())
	fmt.Println(creds.AccountID, err)
	// Output: 444455556666 <nil>
}
