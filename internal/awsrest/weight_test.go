package awsrest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	officialsso "github.com/aws/aws-sdk-go-v2/service/sso"
	officialoidc "github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
)

// TestFewerAllocations holds that every call allocates less often than that of the SDK's client.
// What the calls take in time is for the benchmarks.
func TestFewerAllocations(t *testing.T) {
	var answer string
	h := answerFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
	})
	theirs := map[string]any{}
	for _, client := range []any{
		officialsso.New(officialsso.Options{Region: "us-east-1", HTTPClient: h}),
		officialoidc.New(officialoidc.Options{Region: "us-east-1", HTTPClient: h, Credentials: static}),
	} {
		for _, operation := range resttest.Operations(client) {
			theirs[operation] = client
		}
	}
	for operation, ours := range clientsOf("http://h", h, nil, 0) {
		if answer = answers()[operation]; operation == "ListAccounts" {
			answer = `{"accountList":[` + strings.Repeat(`{"accountId":"012345678901","accountName":"n","emailAddress":"e"},`, 99) + `{}]}`
		}
		allocations := func(client any) float64 {
			return testing.AllocsPerRun(100, func() {
				if _, err := resttest.Call(t.Context(), t, client, operation, resttest.FillSnapshot); err != nil {
					t.Fatal(err)
				}
			})
		}
		if got, want := allocations(ours), allocations(theirs[operation]); got >= want {
			t.Errorf("%s: %v allocations, the SDK's client makes %v", operation, got, want)
		}
	}
}
