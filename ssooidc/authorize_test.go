package ssooidc_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/ssooidc"
)

func TestAuthorizeURL(t *testing.T) {
	in := ssooidc.AuthorizeInput{
		ClientId:      "abc-_DEF.123",
		RedirectUri:   "http://127.0.0.1:34535/oauth/callback",
		State:         "552998d0-4b83-44c3-b022-aa02005a7bd9",
		CodeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
		Scopes:        []string{"sso:account:access", "foo:bar"},
	}
	// As the AWS CLI 2.36.7 opens it.
	const query = "/authorize?response_type=code&client_id=abc-_DEF.123&redirect_uri=http%3A%2F%2F127.0.0.1%3A34535%2Foauth%2Fcallback" +
		"&state=552998d0-4b83-44c3-b022-aa02005a7bd9&code_challenge_method=S256&scopes=sso%3Aaccount%3Aaccess%20foo%3Abar" +
		"&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	tests := []struct {
		name    string
		options ssooidc.Options
		want    string
	}{
		{"region", ssooidc.Options{Region: "eu-west-1"}, "https://oidc.eu-west-1.amazonaws.com"},
		{"China", ssooidc.Options{Region: "cn-north-1"}, "https://oidc.cn-north-1.amazonaws.com.cn"},
		{"FIPS", ssooidc.Options{Region: "us-east-1", EndpointOptions: ssooidc.EndpointOptions{UseFIPSEndpoint: aws.FIPSEndpointStateEnabled}}, "https://oidc-fips.us-east-1.amazonaws.com"},
		{"dual-stack", ssooidc.Options{Region: "us-east-1", EndpointOptions: ssooidc.EndpointOptions{UseDualStackEndpoint: aws.DualStackEndpointStateEnabled}}, "https://oidc.us-east-1.api.aws"},
		{"custom, with a path and a password", ssooidc.Options{BaseEndpoint: aws.String("http://user:secret@127.0.0.1:8000/path?query#f")}, "http://127.0.0.1:8000"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ssooidc.New(tc.options).AuthorizeURL(in)
			if err != nil || got != tc.want+query {
				t.Errorf("error %v\n got %s\nwant %s", err, got, tc.want+query)
			}
		})
	}

	t.Run("no region", func(t *testing.T) {
		if _, err := ssooidc.New(ssooidc.Options{}).AuthorizeURL(in); err == nil || !strings.Contains(err.Error(), "Missing Region") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("incomplete", func(t *testing.T) {
		in := in
		in.State = ""
		if got, err := ssooidc.New(ssooidc.Options{Region: "eu-west-1"}).AuthorizeURL(in); err == nil {
			t.Errorf("got %s without a state", got)
		}
	})
}
