package awsrest_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// TestRedirects holds that no client goes where it is sent, with the token or without.
func TestRedirects(t *testing.T) {
	clients := map[string]func() aws.HTTPClient{
		"default":         func() aws.HTTPClient { return nil },
		"BuildableClient": func() aws.HTTPClient { return awshttp.NewBuildableClient() },
		"http.Client":     func() aws.HTTPClient { return &http.Client{} },
		"client that follows": func() aws.HTTPClient {
			return &http.Client{CheckRedirect: func(_ *http.Request, via []*http.Request) error {
				if len(via) > 3 {
					return errors.New("in circles")
				}
				return nil
			}}
		},
	}
	other := resttest.NewServer(t, resttest.Reply(200, `{}`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		for place, target := range map[string]string{"elsewhere": other.URL + "/x", "same host": "/x", "nowhere": ""} {
			for name, newHTTPClient := range clients {
				for _, perCall := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d/%s/%s/%v", status, place, name, perCall), func(t *testing.T) {
						server := resttest.NewServer(t, resttest.Reply(status, "", "Location", target))
						for operation, client := range redirectClients(server, newHTTPClient, perCall) {
							before := len(server.Requests())
							_, err := resttest.Call(t.Context(), t, client, operation, resttest.FillSnapshot)
							checkRedirect(t, err, status)
							if n := len(server.Requests()) - before; n != 1 {
								t.Errorf("%s: %d requests", operation, n)
							}
						}
					})
				}
			}
		}
	}
	if n := len(other.Requests()); n > 0 {
		t.Errorf("%d requests were sent elsewhere", n)
	}
}

// redirectClients returns clients by an operation of theirs, one with a body and one without.
func redirectClients(server *resttest.Server, newHTTPClient func() aws.HTTPClient, perCall bool) map[string]any {
	portal := sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}}
	oidc := ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}}
	if !perCall {
		portal.HTTPClient, oidc.HTTPClient = newHTTPClient(), newHTTPClient()
		return map[string]any{"ListAccounts": sso.New(portal), "CreateToken": ssooidc.New(oidc)}
	}
	return map[string]any{
		"ListAccounts": sso.New(portal, func(o *sso.Options) {
			if c := newHTTPClient(); c != nil {
				o.HTTPClient = c
			}
		}),
		"CreateToken": ssooidc.New(oidc, func(o *ssooidc.Options) {
			if c := newHTTPClient(); c != nil {
				o.HTTPClient = c
			}
		}),
	}
}

func checkRedirect(t *testing.T, err error, status int) {
	t.Helper()
	var api smithy.APIError
	var response *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &response) || response.HTTPStatusCode() != status {
		t.Errorf("error %v", err)
	}
}

// TestRedirectOfOneCall holds it for an HTTP client that only one call uses.
func TestRedirectOfOneCall(t *testing.T) {
	other := resttest.NewServer(t, resttest.Reply(200, `{}`))
	server := resttest.NewServer(t, resttest.Reply(307, "", "Location", other.URL))
	client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL})
	for _, h := range []aws.HTTPClient{&http.Client{}, awshttp.NewBuildableClient()} {
		_, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")}, func(o *sso.Options) { o.HTTPClient = h })
		checkRedirect(t, err, 307)
	}
	if n := len(other.Requests()); n > 0 {
		t.Errorf("%d requests were sent elsewhere", n)
	}
}

// TestHTTPClientIsCopied holds that the caller's client is left as it was.
func TestHTTPClientIsCopied(t *testing.T) {
	mine := &http.Client{}
	sso.New(sso.Options{HTTPClient: mine})
	if mine.CheckRedirect != nil {
		t.Error("the caller's http.Client was changed")
	}
}

// TestConnectionsAreKept holds that calls share connections, though their HTTP client is a copy; and
// so do clients of the same http.Client.
func TestConnectionsAreKept(t *testing.T) {
	for name, tt := range map[string]struct {
		client  aws.HTTPClient
		one     int // connections of one client
		another int // more of another client
	}{
		"default":                {nil, 1, 1},
		"http.Client":            {&http.Client{Transport: &http.Transport{}}, 1, 0},
		"BuildableClient":        {awshttp.NewBuildableClient(), 1, 1},
		"frozen BuildableClient": {awshttp.NewBuildableClient().Freeze(), 1, 0},
	} {
		ports := map[string]bool{}
		server := resttest.NewServer(t, func(_ http.ResponseWriter, r *http.Request, _ int) { ports[r.RemoteAddr] = true })
		cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: tt.client}
		for _, want := range []int{tt.one, tt.one + tt.another} {
			client := sso.NewFromConfig(cfg)
			for range 3 {
				if _, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")}); err != nil {
					t.Fatal(err)
				}
			}
			if len(ports) != want {
				t.Errorf("%s: %d connections, want %d", name, len(ports), want)
			}
		}
	}
}
