package awsrest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// secretMembers are the members of inputs, outputs and answers that must not be seen. The value of
// each is the word SECRET and its own name.
var secretMembers = map[string]bool{
	"accessToken": true, "clientSecret": true, "refreshToken": true, "idToken": true, "code": true, "codeVerifier": true,
	"deviceCode": true, "assertion": true, "subjectToken": true, "secretAccessKey": true, "sessionToken": true, "identityContext": true,
}

const signingSecrets = "SECRET-session"

// answers holds an answer with all members for each operation, and an error.
func answers() map[string]string {
	return map[string]string{
		"GetRoleCredentials":       `{"roleCredentials":{"accessKeyId":"AKID","secretAccessKey":"SECRET","sessionToken":"SECRET","expiration":1}}`,
		"ListAccounts":             `{"nextToken":"n","accountList":[{"accountName":"visible"}]}`,
		"ListAccountRoles":         `{"roleList":[{"roleName":"visible"}]}`,
		"Logout":                   `{"sessionToken":"SECRET"}`,
		"CreateToken":              `{"accessToken":"SECRET","refreshToken":"SECRET","idToken":"SECRET","tokenType":"Bearer","access_token":"SECRET"}`,
		"CreateTokenWithIAM":       `{"accessToken":"SECRET","refreshToken":"SECRET","idToken":"SECRET","awsAdditionalDetails":{"identityContext":"SECRET"}}`,
		"RegisterClient":           `{"clientId":"visible","clientSecret":"SECRET"}`,
		"StartDeviceAuthorization": `{"deviceCode":"SECRET","userCode":"visible","extra":[{"ACCESS_TOKEN":"SECRET"}]}`,
	}
}

// fillSecrets fills an input, secrets with a word that must not be seen.
func fillSecrets(input any) {
	resttest.FillSnapshot(input)
	v := reflect.Indirect(reflect.ValueOf(input))
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if p, ok := v.Field(i).Addr().Interface().(**string); ok && secretMembers[strings.ToLower(name[:1])+name[1:]] {
			*p = new("SECRET-" + name)
		}
	}
}

// clientsOf returns both clients of a server, by their operations.
func clientsOf(endpoint string, httpClient aws.HTTPClient, logger logging.Logger, mode aws.ClientLogMode) map[string]any {
	credentials := aws.CredentialsProviderFunc(credentialsWithSecrets)
	portal := sso.New(sso.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: httpClient, Credentials: credentials,
		Logger: logger, ClientLogMode: mode, Retryer: noWait(),
	})
	oidc := ssooidc.New(ssooidc.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: httpClient, Credentials: credentials,
		Logger: logger, ClientLogMode: mode, Retryer: noWait(),
	})
	clients := map[string]any{}
	for _, client := range []any{portal, oidc} {
		for _, operation := range resttest.Operations(client) {
			clients[operation] = client
		}
	}
	return clients
}

const everything = aws.LogSigning | aws.LogRetries | aws.LogRequest | aws.LogRequestWithBody | aws.LogResponse |
	aws.LogResponseWithBody | aws.LogDeprecatedUsage | aws.LogRequestEventMessage | aws.LogResponseEventMessage

// TestSecretsAreNotShown logs everything there is to log, prints everything there is to print, and
// looks for secrets.
func TestSecretsAreNotShown(t *testing.T) {
	replies := map[string]func(operation string) (status int, body string){
		"answer": func(operation string) (int, string) { return 200, answers()[operation] },
		"error": func(string) (int, string) {
			return 401, `{"__type":"UnauthorizedException","message":"m","accessToken":"SECRET"}`
		},
		"HTML":   func(string) (int, string) { return 502, "<html>SECRET</html>" },
		"broken": func(string) (int, string) { return 200, `{"accessToken":"SECRET","x":` },
		"wrong types": func(string) (int, string) {
			return 200, `{"accessToken":["SECRET"],"roleCredentials":{"secretAccessKey":["SECRET"]},"clientSecret":{"a":"SECRET"}}`
		},
		"redirect": func(string) (int, string) { return 307, "" },
	}
	for name, reply := range replies {
		for operation := range answers() {
			t.Run(name+"/"+operation, func(t *testing.T) {
				status, body := reply(operation)
				server := resttest.NewServer(t, resttest.Reply(status, body, "Set-Cookie", "SECRET", "X-Amzn-Requestid", "r-1"))
				var seen bytes.Buffer
				logger := logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
					fmt.Fprintf(&seen, string(c)+" "+format+"\n", v...)
				})
				client := clientsOf(server.URL, nil, logger, everything)[operation]
				var input any
				output, err := resttest.Call(t.Context(), t, client, operation, func(in any) { fillSecrets(in); input = in })
				printAll(t, &seen, input, output, err)
				if i := strings.Index(seen.String(), "SECRET"); i >= 0 {
					t.Errorf("a secret is shown: ...%s", seen.String()[max(0, i-200):i+30])
				}
				if strings.Contains(seen.String(), "Signature=") {
					t.Error("a signature is shown")
				}
				for _, want := range []string{"Request\n", "Host: ", "Response\nHTTP/1.1 ", "X-Amzn-Requestid: r-1"} {
					if !strings.Contains(seen.String(), want) {
						t.Errorf("log lacks %q", want)
					}
				}
			})
		}
	}
}

// printAll prints values in the ways they may be printed by accident.
func printAll(t *testing.T, seen *bytes.Buffer, values ...any) {
	t.Helper()
	handlers := []slog.Handler{slog.NewJSONHandler(seen, nil), slog.NewTextHandler(seen, nil)}
	for _, v := range values {
		fmt.Fprintf(seen, "%v %+v %#v %s %q\n", v, v, v, v, v)
		for _, h := range handlers {
			slog.New(h).Info("print", "value", v)
		}
		if _, isErr := v.(error); !isErr {
			if err := json.NewEncoder(seen).Encode(v); err != nil {
				t.Error(err)
			}
		}
	}
	if err, ok := values[len(values)-1].(error); ok {
		for ; err != nil; err = errors.Unwrap(err) {
			fmt.Fprintf(seen, "%v %+v\n", err, err)
		}
	}
}

func TestLogText(t *testing.T) {
	tests := map[string]struct {
		mode aws.ClientLogMode
		want []string // parts of what is logged, in order
		not  string
	}{
		"requests": {aws.LogRequest, []string{"DEBUG Request\nPOST /token\nHost: ", "Content-Type: application/json\r\n"}, "clientId"},
		"with body": {
			aws.LogRequestWithBody,
			[]string{"POST /token", `{"clientId":"__ClientId__","clientSecret":"[redacted]","code":"[redacted]"`, `"grantType":"__GrantType__"`},
			"Response",
		},
		"responses":      {aws.LogResponse, []string{"DEBUG Response\nHTTP/1.1 200 OK\n"}, "Bearer"},
		"responses body": {aws.LogResponseWithBody, []string{`{"accessToken":"[redacted]","expiresIn":28800,"idToken":null,"n":12345678901234567890,"tokenType":"Bearer"}`}, "Request"},
		"nothing":        {0, nil, "HTTP"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(200, `{"accessToken":"SECRET","tokenType":"Bearer","expiresIn":28800,"idToken":null,"n":12345678901234567890}`))
			var seen bytes.Buffer
			logger := logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
				fmt.Fprintf(&seen, string(c)+" "+format+"\n", v...)
			})
			output, err := resttest.Call(t.Context(), t, clientsOf(server.URL, nil, logger, tt.mode)["CreateToken"], "CreateToken", resttest.FillSnapshot)
			if err != nil {
				t.Fatal(err)
			}
			if out := output.(*ssooidc.CreateTokenOutput); aws.ToString(out.AccessToken) != "SECRET" || out.ExpiresIn != 28800 {
				t.Errorf("logging changed the answer: %v", resttest.Members(out))
			}
			if sent := server.Requests(); len(sent) != 1 || !strings.Contains(sent[0].Body, `"clientSecret":"__ClientSecret__"`) {
				t.Errorf("logging changed the request: %v", sent)
			}
			rest := seen.String()
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("log lacks %q:\n%s", want, seen.String())
				}
				rest = after
			}
			if strings.Contains(seen.String(), tt.not) {
				t.Errorf("log has %q:\n%s", tt.not, seen.String())
			}
		})
	}
}

// TestLogOfRetries holds that attempts are logged when they are asked for.
func TestLogOfRetries(t *testing.T) {
	for mode, want := range map[aws.ClientLogMode]bool{0: false, aws.LogRetries: true} {
		var seen bytes.Buffer
		logger := logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) { fmt.Fprintf(&seen, format+"\n", v...) })
		client := clientsOf("http://h", &script{status: 503}, logger, mode)["ListAccounts"]
		if _, err := resttest.Call(t.Context(), t, client, "ListAccounts", resttest.FillSnapshot); err == nil {
			t.Error("no error")
		}
		if got := strings.Contains(seen.String(), "retrying request SSO/ListAccounts, attempt 2"); got != want {
			t.Errorf("mode %v: log:\n%s", mode, seen.String())
		}
	}
}

// TestLogOfCutBody holds that the deserializer sees what went wrong while the log was written.
func TestLogOfCutBody(t *testing.T) {
	h := roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", Header: http.Header{}, Body: &cutBody{}}, nil
	})
	var seen bytes.Buffer
	logger := logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) { fmt.Fprintf(&seen, format+"\n", v...) })
	client := clientsOf("http://h", h, logger, aws.LogResponseWithBody)["ListAccounts"]
	_, err := resttest.Call(t.Context(), t, client, "ListAccounts", resttest.FillSnapshot)
	if !errors.Is(err, errCut) {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(seen.String(), "[2 bytes that are not JSON]") {
		t.Errorf("log:\n%s", seen.String())
	}
}

var errCut = errors.New("cut")

// cutBody is a body that ends too soon.
type cutBody struct{ done bool }

func (b *cutBody) Read(p []byte) (int, error) {
	if b.done {
		return 0, errCut
	}
	b.done = true
	return copy(p, "{{"), nil
}

func (*cutBody) Close() error { return nil }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }
