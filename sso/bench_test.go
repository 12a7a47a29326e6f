package sso_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
)

// memory answers with the body, from memory, so that the benchmarks measure the clients alone.
func memory(body string) aws.HTTPClient {
	return doFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode:    http.StatusOK,
			Header:        http.Header{"Content-Type": {"application/json"}, "X-Amzn-Requestid": {"r"}},
			Body:          io.NopCloser(strings.NewReader(body)),
			ContentLength: int64(len(body)),
		}, nil
	})
}

func BenchmarkGetRoleCredentials(b *testing.B) {
	const body = `{"roleCredentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"s","sessionToken":"t","expiration":1795262400000}}`
	ours := sso.New(sso.Options{Region: "us-east-1", HTTPClient: memory(body)})
	resttest.Bench(b, "ours", func(ctx context.Context) error {
		_, err := ours.GetRoleCredentials(ctx, roleCredentialsInput())
		return err
	})
	theirs := official.New(official.Options{Region: "us-east-1", HTTPClient: memory(body)})
	resttest.Bench(b, "official", func(ctx context.Context) error {
		_, err := theirs.GetRoleCredentials(ctx, &official.GetRoleCredentialsInput{
			AccessToken: new("secret-token"), AccountId: new("012345678901"), RoleName: new("My Role"),
		})
		return err
	})
}

// BenchmarkListAccounts is about the largest answer there is: a page of a hundred accounts.
func BenchmarkListAccounts(b *testing.B) {
	const account = `{"accountId":"012345678901","accountName":"a name of some length","emailAddress":"someone@example.com"}`
	body := `{"nextToken":"n","accountList":[` + strings.Repeat(account+",", 99) + account + `]}`
	ours := sso.New(sso.Options{Region: "us-east-1", HTTPClient: memory(body)})
	resttest.Bench(b, "ours", func(ctx context.Context) error {
		_, err := ours.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: new("secret-token")})
		return err
	})
	theirs := official.New(official.Options{Region: "us-east-1", HTTPClient: memory(body)})
	resttest.Bench(b, "official", func(ctx context.Context) error {
		_, err := theirs.ListAccounts(ctx, &official.ListAccountsInput{AccessToken: new("secret-token")})
		return err
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
