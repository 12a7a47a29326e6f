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
	b.Run("ours", func(b *testing.B) {
		client := sso.New(sso.Options{Region: "us-east-1", HTTPClient: memory(body)})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.GetRoleCredentials(b.Context(), roleCredentialsInput()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("official", func(b *testing.B) {
		client := official.New(official.Options{Region: "us-east-1", HTTPClient: memory(body)})
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

// BenchmarkListAccounts is about the largest answer there is: a page of a hundred accounts.
func BenchmarkListAccounts(b *testing.B) {
	const account = `{"accountId":"012345678901","accountName":"a name of some length","emailAddress":"someone@example.com"}`
	body := `{"nextToken":"n","accountList":[` + strings.Repeat(account+",", 99) + account + `]}`
	b.Run("ours", func(b *testing.B) {
		client := sso.New(sso.Options{Region: "us-east-1", HTTPClient: memory(body)})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.ListAccounts(b.Context(), &sso.ListAccountsInput{AccessToken: new("secret-token")}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("official", func(b *testing.B) {
		client := official.New(official.Options{Region: "us-east-1", HTTPClient: memory(body)})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.ListAccounts(b.Context(), &official.ListAccountsInput{AccessToken: new("secret-token")}); err != nil {
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
