package ssooidc_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/ssooidc"

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
	b.Run("ours", func(b *testing.B) {
		client := ssooidc.New(ssooidc.Options{Region: "us-east-1", HTTPClient: memory{}})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.CreateToken(b.Context(), &ssooidc.CreateTokenInput{
				ClientId: aws.String("id"), ClientSecret: aws.String("secret"),
				GrantType: aws.String("refresh_token"), RefreshToken: aws.String("token"),
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("official", func(b *testing.B) {
		client := official.New(official.Options{Region: "us-east-1", HTTPClient: memory{}})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.CreateToken(b.Context(), &official.CreateTokenInput{
				ClientId: aws.String("id"), ClientSecret: aws.String("secret"),
				GrantType: aws.String("refresh_token"), RefreshToken: aws.String("token"),
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
