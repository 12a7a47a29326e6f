package ssooidc_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// memory answers from memory, so that the benchmarks measure the clients alone.
type memory struct{}

func (memory) Do(r *http.Request) (*http.Response, error) {
	const body = `{"accessToken":"a","tokenType":"Bearer","expiresIn":3600,"refreshToken":"r"}`
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}, "X-Amzn-Requestid": {"r"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}, nil
}

func BenchmarkCreateToken(b *testing.B) {
	ours := ssooidc.New(ssooidc.Options{Region: "us-east-1", HTTPClient: memory{}})
	resttest.Bench(b, "ours", func(ctx context.Context) error {
		_, err := ours.CreateToken(ctx, &ssooidc.CreateTokenInput{
			ClientId: aws.String("id"), ClientSecret: aws.String("secret"),
			GrantType: aws.String("refresh_token"), RefreshToken: aws.String("token"),
		})
		return err
	})
	theirs := official.New(official.Options{Region: "us-east-1", HTTPClient: memory{}})
	resttest.Bench(b, "official", func(ctx context.Context) error {
		_, err := theirs.CreateToken(ctx, &official.CreateTokenInput{
			ClientId: aws.String("id"), ClientSecret: aws.String("secret"),
			GrantType: aws.String("refresh_token"), RefreshToken: aws.String("token"),
		})
		return err
	})
}
