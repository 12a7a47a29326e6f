package idctest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
)

const (
	application  = "arn:aws:sso::123456789012:application/ssoins-0123456789abcdef/apl-0123456789abcdef"
	jwtBearer    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	exchange     = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessType   = "urn:ietf:params:oauth:token-type:access_token"
	refreshType  = "urn:ietf:params:oauth:token-type:refresh_token"
	signingClock = 5 * time.Minute
)

func keys(id, secret, token string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
	})
}

// signedClient is the official client with the documented keys, unless changed.
func signedClient(srv *idctest.Server, change ...func(*ssooidc.Options)) *ssooidc.Client {
	o := ssooidc.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(srv.URL()), Retryer: aws.NopRetryer{},
		Credentials: keys(idctest.AccessKeyID, idctest.SecretAccessKey, ""),
	}
	for _, f := range change {
		f(&o)
	}
	return ssooidc.New(o)
}

func bearerGrant() *ssooidc.CreateTokenWithIAMInput {
	return &ssooidc.CreateTokenWithIAMInput{
		ClientId: aws.String(application), GrantType: aws.String(jwtBearer), Assertion: aws.String("a.b.c"),
	}
}

func TestCreateTokenWithIAM(t *testing.T) {
	srv := idctest.NewServer(t)
	out := must[*ssooidc.CreateTokenWithIAMOutput](t)(signedClient(srv).CreateTokenWithIAM(t.Context(), bearerGrant()))
	if *out.IssuedTokenType != accessType || *out.TokenType != "Bearer" || out.ExpiresIn != 3600 || *out.AwsAdditionalDetails.IdentityContext == "" {
		t.Errorf("issued token type %q, token type %q, expires in %d", *out.IssuedTokenType, *out.TokenType, out.ExpiresIn)
	}
	if diff := cmp.Diff([]string{"openid", "aws", "sts:identity_context"}, out.Scope); diff != "" {
		t.Errorf("scope (-want +got):\n%s", diff)
	}

	parts := strings.Split(*out.IdToken, ".")
	if len(parts) != 3 {
		t.Fatalf("ID token of %d parts, want 3", len(parts))
	}
	var claims map[string]any
	if err := json.Unmarshal(must[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[1])), &claims); err != nil {
		t.Fatal(err)
	}
	if claims["aud"] != application || claims["sts:identity_context"] != *out.AwsAdditionalDetails.IdentityContext {
		t.Errorf("claims %v", claims)
	}

	again := must[*ssooidc.CreateTokenWithIAMOutput](t)(signedClient(srv).CreateTokenWithIAM(t.Context(), &ssooidc.CreateTokenWithIAMInput{
		ClientId: aws.String(application), GrantType: aws.String("refresh_token"), RefreshToken: out.RefreshToken,
	}))
	if *again.AccessToken == *out.AccessToken || *again.RefreshToken == *out.RefreshToken {
		t.Error("a refresh hands out the old tokens")
	}
	if n := srv.Count("CreateTokenWithIAM"); n != 2 || srv.Count("CreateToken") != 0 {
		t.Errorf("%d calls counted, want 2", n)
	}
}

func TestTokenExchange(t *testing.T) {
	srv := idctest.NewServer(t)
	token := srv.SignIn().AccessToken
	tests := []struct {
		name, subject, subjectType, requested string
		issued, code                          string
		refresh                               bool
	}{
		{name: "access token", subject: token, subjectType: accessType, requested: accessType, issued: accessType},
		{name: "refresh token", subject: token, subjectType: accessType, requested: refreshType, issued: refreshType, refresh: true},
		{name: "by default an access token", subject: token, subjectType: accessType, issued: accessType},
		{name: "dead subject", subject: "x", subjectType: accessType, code: "InvalidGrantException"},
		{name: "no subject", subjectType: accessType, code: "InvalidRequestException"},
		{name: "subject type", subject: token, subjectType: refreshType, code: "InvalidRequestException"},
		{name: "requested type", subject: token, subjectType: accessType, requested: "x", code: "InvalidRequestException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := &ssooidc.CreateTokenWithIAMInput{
				ClientId: aws.String(application), GrantType: aws.String(exchange), Scope: []string{"sso:account:access"},
				SubjectToken: &tt.subject, SubjectTokenType: &tt.subjectType,
			}
			if tt.requested != "" {
				in.RequestedTokenType = &tt.requested
			}
			out, err := signedClient(srv).CreateTokenWithIAM(t.Context(), in)
			if tt.code != "" {
				wantAPIError(t, err, tt.code, http.StatusBadRequest)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if *out.IssuedTokenType != tt.issued || (out.RefreshToken != nil) != tt.refresh {
				t.Errorf("issued %s, refresh token: %v", *out.IssuedTokenType, out.RefreshToken != nil)
			}
			if err := listAccounts(t.Context(), srv, *out.AccessToken); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCreateTokenWithIAMCode(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv, forBrowser)
	in := &ssooidc.CreateTokenWithIAMInput{
		ClientId: cl.ClientId, GrantType: aws.String("authorization_code"), Code: aws.String(authorized(t, srv, cl)),
		RedirectUri: aws.String(redirectURI), CodeVerifier: aws.String(verifier),
	}
	out := must[*ssooidc.CreateTokenWithIAMOutput](t)(signedClient(srv).CreateTokenWithIAM(t.Context(), in))
	if err := listAccounts(t.Context(), srv, *out.AccessToken); err != nil {
		t.Error(err)
	}
	_, err := signedClient(srv).CreateTokenWithIAM(t.Context(), in)
	wantError[*types.InvalidGrantException](t, err)
}

func TestCreateTokenWithIAMRejections(t *testing.T) {
	srv := idctest.NewServer(t)
	signIn := srv.SignIn()
	tests := map[string]struct {
		change func(*ssooidc.CreateTokenWithIAMInput)
		code   string
	}{
		"no client ID":           {func(in *ssooidc.CreateTokenWithIAMInput) { in.ClientId = aws.String("") }, "InvalidRequestException"},
		"no assertion":           {func(in *ssooidc.CreateTokenWithIAMInput) { in.Assertion = nil }, "InvalidRequestException"},
		"grant type":             {func(in *ssooidc.CreateTokenWithIAMInput) { in.GrantType = aws.String(deviceGrant) }, "UnsupportedGrantTypeException"},
		"code of unknown client": {func(in *ssooidc.CreateTokenWithIAMInput) { in.GrantType = aws.String("authorization_code") }, "InvalidGrantException"},
		"no refresh token":       {func(in *ssooidc.CreateTokenWithIAMInput) { in.GrantType = aws.String("refresh_token") }, "InvalidRequestException"},
		"another's refresh token": {func(in *ssooidc.CreateTokenWithIAMInput) {
			in.GrantType, in.RefreshToken = aws.String("refresh_token"), &signIn.RefreshToken
		}, "InvalidGrantException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := bearerGrant()
			tt.change(in)
			_, err := signedClient(srv).CreateTokenWithIAM(t.Context(), in)
			wantAPIError(t, err, tt.code, http.StatusBadRequest)
		})
	}
}

// tamper changes a request after it was signed.
func tamper(change func(*smithyhttp.Request)) func(*ssooidc.Options) {
	return func(o *ssooidc.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("tamper",
				func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
					change(in.Request.(*smithyhttp.Request))
					return next.HandleFinalize(ctx, in)
				}), middleware.After)
		})
	}
}

func withKeys(id, secret, token string) func(*ssooidc.Options) {
	return func(o *ssooidc.Options) { o.Credentials = keys(id, secret, token) }
}

func setHeader(key, value string) func(*ssooidc.Options) {
	return tamper(func(r *smithyhttp.Request) { r.Header.Set(key, value) })
}

func TestSignature(t *testing.T) {
	tests := []struct {
		name   string
		change func(*ssooidc.Options)
		code   string // empty: accepted
		status int
	}{
		{"good", func(*ssooidc.Options) {}, "", 0},
		{"unsigned header", setHeader("X-Added", "by a proxy"), "", 0},
		{"wrong key ID", withKeys("AKIDOTHER", idctest.SecretAccessKey, ""), "UnrecognizedClientException", 403},
		{"wrong secret", withKeys(idctest.AccessKeyID, "x", ""), "InvalidSignatureException", 403},
		{"session token", withKeys(idctest.AccessKeyID, idctest.SecretAccessKey, "x"), "UnrecognizedClientException", 403},
		{"wrong region", func(o *ssooidc.Options) { o.Region = "eu-west-1" }, "InvalidSignatureException", 403},
		{"changed header", setHeader("Content-Type", "text/plain"), "InvalidSignatureException", 403},
		{"removed header", tamper(func(r *smithyhttp.Request) { r.Header.Del("Amz-Sdk-Request") }), "InvalidSignatureException", 403},
		{"changed query", tamper(func(r *smithyhttp.Request) { r.URL.RawQuery += "&x=y" }), "InvalidSignatureException", 403},
		{"changed body", tamper(func(r *smithyhttp.Request) {
			body := `{"clientId":"x"}`
			*r = *must[*smithyhttp.Request](t)(r.SetStream(strings.NewReader(body)))
			r.ContentLength = int64(len(body))
		}), "InvalidSignatureException", 403},
		{"changed date", tamper(func(r *smithyhttp.Request) {
			date, _ := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			r.Header.Set("X-Amz-Date", date.Add(time.Second).Format("20060102T150405Z"))
		}), "InvalidSignatureException", 403},
		{"no signature", tamper(func(r *smithyhttp.Request) { r.Header.Del("Authorization") }), "MissingAuthenticationTokenException", 403},
		{"another scheme", setHeader("Authorization", "Bearer x"), "IncompleteSignatureException", 400},
		{"no date", tamper(func(r *smithyhttp.Request) { r.Header.Del("X-Amz-Date") }), "IncompleteSignatureException", 400},
		{"date not signed", tamper(func(r *smithyhttp.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ";x-amz-date", "", 1))
		}), "IncompleteSignatureException", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := idctest.NewServer(t)
			_, err := signedClient(srv, tt.change).CreateTokenWithIAM(t.Context(), bearerGrant())
			if tt.code != "" {
				wantAPIError(t, err, tt.code, tt.status)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSignatureWithOtherCredentials(t *testing.T) {
	mine := keys("AKIDMINE", "my secret", "my session token")
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.Credentials, o.Region = mine, "eu-west-1" })
	inRegion := func(o *ssooidc.Options) { o.Region = "eu-west-1" }
	if _, err := signedClient(srv, inRegion, func(o *ssooidc.Options) { o.Credentials = mine }).CreateTokenWithIAM(t.Context(), bearerGrant()); err != nil {
		t.Error(err)
	}
	_, err := signedClient(srv, inRegion).CreateTokenWithIAM(t.Context(), bearerGrant())
	wantAPIError(t, err, "UnrecognizedClientException", http.StatusForbidden)
}

func TestServerWithoutCredentials(t *testing.T) {
	none := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("none")
	})
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.Credentials = none })
	_, err := signedClient(srv).CreateTokenWithIAM(t.Context(), bearerGrant())
	wantError[*types.InternalServerException](t, err)
}

func TestSignatureClock(t *testing.T) {
	for _, tt := range []struct {
		skew time.Duration
		ok   bool
	}{{-signingClock - time.Minute, false}, {-signingClock + time.Minute, true}, {signingClock - time.Minute, true}, {signingClock + time.Minute, false}} {
		t.Run(tt.skew.String(), func(t *testing.T) {
			srv := idctest.NewServer(t, func(o *idctest.Options) { o.Now = func() time.Time { return time.Now().Add(tt.skew) } })
			_, err := signedClient(srv).CreateTokenWithIAM(t.Context(), bearerGrant())
			if (err == nil) != tt.ok {
				t.Errorf("error = %v, want acceptance: %v", err, tt.ok)
			}
		})
	}
}
