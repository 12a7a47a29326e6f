package awsrest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// TestEchoedSecrets holds that a server or proxy which quotes the request in its error gives nothing away
// to those who read errors and logs.
func TestEchoedSecrets(t *testing.T) {
	const secret = "hunter2/with+slashes"
	echo := func(w http.ResponseWriter, r *http.Request, _ int) {
		text := fmt.Sprint(r.Header) + strings.Repeat(" "+secret, 2)
		body, err := json.Marshal(map[string]string{"message": text, "error_description": text, "error": text, "__type": secret, "reason": secret})
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Echo", secret)
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(strings.ReplaceAll(string(body), "/", `\/`)))
	}
	server := resttest.NewServer(t, echo)
	var log strings.Builder
	logger := logging.LoggerFunc(func(_ logging.Classification, format string, args ...any) { fmt.Fprintf(&log, format, args...) })
	mode := aws.LogRequestWithBody | aws.LogResponseWithBody
	portal := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Logger: logger, ClientLogMode: mode})
	oidc := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Logger: logger, ClientLogMode: mode})
	_, bearer := portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new(secret)})
	_, refresh := oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
		ClientId: new("client"), ClientSecret: new("s"), GrantType: new("refresh_token"), RefreshToken: new(secret),
	})
	for _, text := range []string{fmt.Sprintf("%+v", bearer), fmt.Sprintf("%+v", refresh), log.String()} {
		text, err := url.QueryUnescape(strings.ReplaceAll(text, "+", "%2b"))
		if err != nil || strings.Contains(strings.ReplaceAll(text, `\/`, "/"), secret) || !strings.Contains(text, "[redacted]") {
			t.Errorf("%s, %v", text, err)
		}
	}
}
