package awsrest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	officialsso "github.com/aws/aws-sdk-go-v2/service/sso"
	officialoidc "github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

func credentialsWithSecrets(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET-key", SessionToken: signingSecrets}, nil
}

var errCaptured = errors.New("captured")

// stackOf returns the names of the middleware that a call of the operation passes.
func stackOf(t *testing.T, operation string, client func(capture func(*middleware.Stack) error) any) []string {
	t.Helper()
	var ids []string
	c := client(func(s *middleware.Stack) error { ids = s.List(); return errCaptured })
	if _, err := resttest.Call(t.Context(), t, c, operation, resttest.FillSnapshot); !errors.Is(err, errCaptured) {
		t.Fatal(err)
	}
	return ids
}

// TestStackLikeTheSDK holds that the middleware is that of the SDK's clients, in the same order.
func TestStackLikeTheSDK(t *testing.T) {
	var interceptors smithyhttp.InterceptorRegistry
	interceptors.AddBeforeExecution(&interceptor{})
	for name, registry := range map[string]smithyhttp.InterceptorRegistry{"plain": {}, "interceptors": interceptors} {
		compare := func(operation string, ours, theirs func(capture func(*middleware.Stack) error) any) {
			t.Helper()
			got, want := stackOf(t, operation, ours), stackOf(t, operation, theirs)
			if diff := cmp.Diff(want, got); diff != "" || len(got) < 20 {
				t.Errorf("%s, %s: middleware (-SDK +ours):\n%s", operation, name, diff)
			}
		}
		type capture = func(*middleware.Stack) error
		for _, operation := range resttest.Operations(&officialoidc.Client{}) {
			compare(operation, func(fn capture) any {
				return ssooidc.New(ssooidc.Options{Interceptors: registry, APIOptions: []capture{fn}})
			}, func(fn capture) any {
				return officialoidc.New(officialoidc.Options{Interceptors: registry, APIOptions: []capture{fn}})
			})
		}
		for _, operation := range resttest.Operations(&officialsso.Client{}) {
			compare(operation, func(fn capture) any {
				return sso.New(sso.Options{Interceptors: registry, APIOptions: []capture{fn}})
			}, func(fn capture) any {
				return officialsso.New(officialsso.Options{Interceptors: registry, APIOptions: []capture{fn}})
			})
		}
	}
}

// TestAPIOptions holds that middleware of the caller sees the typed input and output, and takes part.
func TestAPIOptions(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, `{"nextToken":"n"}`))
	var input, output any
	option := func(s *middleware.Stack) error {
		return errors.Join(
			s.Initialize.Add(middleware.InitializeMiddlewareFunc("See", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
				middleware.InitializeOutput, middleware.Metadata, error,
			) {
				input = in.Parameters
				out, metadata, err := next.HandleInitialize(ctx, in)
				output = out.Result
				return out, metadata, err
			}), middleware.Before),
			s.Build.Add(middleware.BuildMiddlewareFunc("AddHeader", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (
				middleware.BuildOutput, middleware.Metadata, error,
			) {
				in.Request.(*smithyhttp.Request).Header.Set("X-Mine", awsmiddleware.GetOperationName(ctx)+" "+awsmiddleware.GetServiceID(ctx)+" "+awsmiddleware.GetRegion(ctx))
				return next.HandleBuild(ctx, in)
			}), middleware.After),
		)
	}
	client := sso.NewFromConfig(aws.Config{Region: "us-east-1", APIOptions: []func(*middleware.Stack) error{option}}, func(o *sso.Options) {
		o.BaseEndpoint = &server.URL
	})
	in := &sso.ListAccountsInput{AccessToken: new("t")}
	out, err := client.ListAccounts(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if input != any(in) || output != any(out) {
		t.Errorf("middleware saw %T, %T", input, output)
	}
	if got := server.Requests()[0].Header.Get("X-Mine"); got != "ListAccounts SSO us-east-1" {
		t.Errorf("header %q", got)
	}
}

// TestAPIOptionFails holds that an option's error is the call's, and nothing is sent.
func TestAPIOptionFails(t *testing.T) {
	h := &script{status: 200}
	_, err := sso.New(sso.Options{Region: "us-east-1", HTTPClient: h}).Logout(t.Context(), &sso.LogoutInput{AccessToken: new("t")}, func(o *sso.Options) {
		sso.WithAPIOptions(func(*middleware.Stack) error { return errCaptured })(o)
	})
	var op *smithy.OperationError
	if !errors.Is(err, errCaptured) || !errors.As(err, &op) || h.n != 0 {
		t.Errorf("error %v, %d requests", err, h.n)
	}
}

// TestWrongTypes holds that middleware which changes types gets an error, not a panic.
func TestWrongTypes(t *testing.T) {
	replaceInput := func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Replace", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
			middleware.InitializeOutput, middleware.Metadata, error,
		) {
			in.Parameters = &sso.LogoutInput{}
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	}
	replaceLate := func(s *middleware.Stack) error {
		return s.Serialize.Add(middleware.SerializeMiddlewareFunc("Replace", func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
			middleware.SerializeOutput, middleware.Metadata, error,
		) {
			in.Parameters = &sso.LogoutInput{}
			return next.HandleSerialize(ctx, in)
		}), middleware.Before)
	}
	replaceOutput := func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Replace", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (
			middleware.InitializeOutput, middleware.Metadata, error,
		) {
			return middleware.InitializeOutput{Result: &sso.LogoutOutput{}}, middleware.Metadata{}, nil
		}), middleware.Before)
	}
	for name, option := range map[string]func(*middleware.Stack) error{"input": replaceInput, "late input": replaceLate, "output": replaceOutput} {
		client := sso.New(sso.Options{Region: "us-east-1", HTTPClient: &script{status: 200}, APIOptions: []func(*middleware.Stack) error{option}})
		_, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")})
		var op *smithy.OperationError
		if !errors.As(err, &op) || !strings.Contains(err.Error(), "*sso.Logout") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// interceptor counts the points of a call it is asked at.
type interceptor struct{ points []string }

func (i *interceptor) at(point string) error { i.points = append(i.points, point); return nil }

func (i *interceptor) BeforeExecution(context.Context, *smithyhttp.InterceptorContext) error {
	return i.at("BeforeExecution")
}

func (i *interceptor) AfterSerialization(_ context.Context, in *smithyhttp.InterceptorContext) error {
	return i.at("AfterSerialization " + in.Request.URL.Path)
}

func (i *interceptor) BeforeAttempt(context.Context, *smithyhttp.InterceptorContext) error {
	return i.at("BeforeAttempt")
}

func (i *interceptor) AfterSigning(context.Context, *smithyhttp.InterceptorContext) error {
	return i.at("AfterSigning")
}

func (i *interceptor) BeforeTransmit(context.Context, *smithyhttp.InterceptorContext) error {
	return i.at("BeforeTransmit")
}

func (i *interceptor) AfterDeserialization(_ context.Context, in *smithyhttp.InterceptorContext) error {
	return i.at(fmt.Sprintf("AfterDeserialization %T", in.Output))
}

func (i *interceptor) AfterExecution(context.Context, *smithyhttp.InterceptorContext) error {
	return i.at("AfterExecution")
}

func TestInterceptors(t *testing.T) {
	i := &interceptor{}
	cfg := aws.Config{Region: "us-east-1", HTTPClient: &script{status: 200, body: "{}"}}
	cfg.Interceptors.AddBeforeExecution(i)
	cfg.Interceptors.AddAfterSerialization(i)
	cfg.Interceptors.AddBeforeAttempt(i)
	cfg.Interceptors.AddAfterSigning(i)
	cfg.Interceptors.AddBeforeTransmit(i)
	cfg.Interceptors.AddAfterDeserialization(i)
	cfg.Interceptors.AddAfterExecution(i)
	if _, err := sso.NewFromConfig(cfg).ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"BeforeExecution", "AfterSerialization /assignment/accounts", "BeforeAttempt", "AfterSigning", "BeforeTransmit",
		"AfterDeserialization *sso.ListAccountsOutput", "AfterExecution",
	}
	if diff := cmp.Diff(want, i.points); diff != "" {
		t.Errorf("points (-want +got):\n%s", diff)
	}
}

// TestConfig holds what of aws.Config arrives in the options.
func TestConfig(t *testing.T) {
	var ids []string
	cfg := aws.Config{
		Region: "eu-west-1", AppID: "app", ClientLogMode: aws.LogRetries, Credentials: static, RetryMode: aws.RetryModeAdaptive,
		RetryMaxAttempts: 7, DisableClockSkewCorrection: true, Logger: &logging.StandardLogger{},
		ServiceOptions: []func(string, any){func(id string, options any) {
			ids = append(ids, id)
			switch o := options.(type) {
			case *sso.Options:
				o.AppID += "-sso"
			case *ssooidc.Options:
				o.AppID += "-oidc"
			}
		}},
	}
	portal := sso.NewFromConfig(cfg, func(o *sso.Options) { o.AppID += "-fn" }).Options()
	oidc := ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) { o.AppID += "-fn" }).Options()
	if portal.AppID != "app-sso-fn" || oidc.AppID != "app-oidc-fn" || !slices.Equal(ids, []string{"SSO", "SSO OIDC"}) {
		t.Errorf("AppID %q, %q, ids %q", portal.AppID, oidc.AppID, ids)
	}
	if portal.Region != "eu-west-1" || portal.ClientLogMode != aws.LogRetries || portal.Credentials == nil ||
		!portal.DisableClockSkewCorrection || portal.Logger != cfg.Logger || portal.Retryer.MaxAttempts() != 7 || portal.Now == nil {
		t.Errorf("options %+v", portal)
	}
}

// TestRetryModeLikeTheSDK holds that the options of a client name the retry mode that is in use.
func TestRetryModeLikeTheSDK(t *testing.T) {
	for _, mode := range []aws.RetryMode{"", aws.RetryModeStandard, aws.RetryModeAdaptive, "other"} {
		for _, retryer := range []func() aws.Retryer{nil, func() aws.Retryer { return aws.NopRetryer{} }} {
			cfg := aws.Config{RetryMode: mode, Retryer: retryer}
			want, got := officialsso.NewFromConfig(cfg).Options(), sso.NewFromConfig(cfg).Options()
			if got.RetryMode != want.RetryMode || fmt.Sprintf("%T", got.Retryer) != fmt.Sprintf("%T", want.Retryer) {
				t.Errorf("mode %q, retryer %t: %q with %T, SDK %q with %T",
					mode, retryer != nil, got.RetryMode, got.Retryer, want.RetryMode, want.Retryer)
			}
			wantOIDC, gotOIDC := officialoidc.NewFromConfig(cfg).Options(), ssooidc.NewFromConfig(cfg).Options()
			if gotOIDC.RetryMode != wantOIDC.RetryMode {
				t.Errorf("mode %q, retryer %t: OIDC %q, SDK %q", mode, retryer != nil, gotOIDC.RetryMode, wantOIDC.RetryMode)
			}
		}
	}
}

// TestOptionsAreCopied holds that changes for one call stay with it.
func TestOptionsAreCopied(t *testing.T) {
	h := &script{status: 200, body: "{}"}
	client := sso.New(sso.Options{
		Region: "us-east-1", HTTPClient: h, APIOptions: make([]func(*middleware.Stack) error, 0, 8),
		Interceptors: smithyhttp.InterceptorRegistry{BeforeExecution: []smithyhttp.BeforeExecutionInterceptor{&interceptor{}}},
	})
	fail := func(o *sso.Options) {
		o.APIOptions = append(o.APIOptions, func(*middleware.Stack) error { return errCaptured })
		o.Interceptors.BeforeExecution[0] = nil
		o.Region = "xx"
	}
	for range 2 {
		if _, err := client.Logout(t.Context(), &sso.LogoutInput{AccessToken: new("t")}, fail); err == nil {
			t.Error("the option was not used")
		}
		if _, err := client.Logout(t.Context(), &sso.LogoutInput{AccessToken: new("t")}); err != nil {
			t.Error(err)
		}
	}
	options := client.Options()
	fail(&options)
	if client.Options().Region != "us-east-1" || len(client.Options().APIOptions) != 0 || client.Options().Interceptors.BeforeExecution[0] == nil {
		t.Error("the client's options changed")
	}
}

// TestOptionsSetToNil holds that functional options may take defaults away.
func TestOptionsSetToNil(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, `{}`))
	reset := func(o *sso.Options) {
		*o = sso.Options{Region: o.Region, BaseEndpoint: o.BaseEndpoint}
	}
	for name, client := range map[string]*sso.Client{
		"of the client": sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL}, reset),
		"of the call":   sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL}),
	} {
		if _, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")}, reset); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUserAgent(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, `{}`))
	tests := map[string]struct {
		call func(ctx context.Context) error
		want []string
	}{
		"portal": {func(ctx context.Context) error {
			c := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, AppID: "my app"})
			_, err := c.Logout(ctx, &sso.LogoutInput{AccessToken: new("t")})
			return err
		}, []string{"aws-sdk-go-v2/" + aws.SDKVersion, "api/sso#", "md/latchkey#", "app/my-app", "m/E"}},
		"paginator": {func(ctx context.Context) error {
			c := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, RetryMode: aws.RetryModeAdaptive})
			_, err := sso.NewListAccountsPaginator(c, &sso.ListAccountsInput{AccessToken: new("t")}).NextPage(ctx)
			return err
		}, []string{"api/sso#", "m/C,F"}},
		"OIDC": {func(ctx context.Context) error {
			c := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: sourced{}})
			_, err := c.RegisterClient(ctx, &ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")})
			return err
		}, []string{"api/ssooidc#", "md/latchkey#", "m/E,e"}},
	}
	for name, tt := range tests {
		if err := tt.call(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := server.Requests()
		agent := " " + sent[len(sent)-1].Header.Get("User-Agent") + " "
		for _, part := range tt.want {
			if !strings.Contains(agent, " "+part) {
				t.Errorf("%s: user agent %q lacks %q", name, agent, part)
			}
		}
	}
}

// sourced are credentials that say where they come from.
type sourced struct{}

func (sourced) Retrieve(ctx context.Context) (aws.Credentials, error) { return static(ctx) }
func (sourced) ProviderSources() []aws.CredentialSource {
	return []aws.CredentialSource{aws.CredentialSourceCode}
}

// TestAnonymous holds that only CreateTokenWithIAM asks for credentials, and that no other request
// carries any.
func TestAnonymous(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s","sessionToken":"t"}}`))
	for operation, client := range clientsOf(server.URL, nil, nil, 0) {
		if _, err := resttest.Call(t.Context(), t, client, operation, resttest.FillSnapshot); err != nil {
			t.Fatal(err)
		}
		sent := server.Requests()
		header := sent[len(sent)-1].Header
		signed := header.Get("Authorization") != "" && header.Get("X-Amz-Date") != "" && header.Get("X-Amz-Security-Token") != ""
		if signed != (operation == "CreateTokenWithIAM") {
			t.Errorf("%s: header %v", operation, header)
		}
	}
	for _, credentials := range []aws.CredentialsProvider{nil, aws.AnonymousCredentials{}} {
		client := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials})
		for _, operation := range resttest.Operations(client) {
			_, err := resttest.Call(t.Context(), t, client, operation, resttest.FillSnapshot)
			if (err != nil) != (operation == "CreateTokenWithIAM") {
				t.Errorf("%s without credentials: %v", operation, err)
			}
		}
	}
}
