package sso_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/latchkey-sso/latchkey/sso"
)

// memory answers from memory, so that the benchmarks measure the clients alone.
func memory() aws.HTTPClient {
	const body = `{"roleCredentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"s","sessionToken":"t","expiration":1795262400000}}`
	return doFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK,
			Header:     http.Header{"Content-Type": {"application/json"}, "X-Amzn-Requestid": {"r"}},
			Body:       io.NopCloser(strings.NewReader(body)),
		}, nil
	})
}

func BenchmarkGetRoleCredentials(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		client := sso.New(sso.Options{Region: "us-east-1", HTTPClient: memory()})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.GetRoleCredentials(b.Context(), roleCredentialsInput()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("official", func(b *testing.B) {
		client := official.New(official.Options{Region: "us-east-1", HTTPClient: memory()})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.GetRoleCredentials(b.Context(), &official.GetRoleCredentialsInput{
				AccessToken: new("secret-token"), AccountId: new("012345678901"), RoleName: new("My Role"),
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkNew(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sso.New(sso.Options{Region: "us-east-1"})
		}
	})
	b.Run("official", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			official.New(official.Options{Region: "us-east-1"})
		}
	})
}
