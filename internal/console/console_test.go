package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/console"
)

func TestPortalLink(t *testing.T) {
	for startURL, want := range map[string]string{
		"https://x.awsapps.com/start":                      "https://x.awsapps.com/start/#/console?account_id=012345678901&role_name=A%2FB%20C%2B%3D%2C.%40-d",
		"https://x.awsapps.com/start/#/":                   "https://x.awsapps.com/start/#/console?account_id=012345678901&role_name=A%2FB%20C%2B%3D%2C.%40-d",
		"https://sso.example.com":                          "https://sso.example.com/#/console?account_id=012345678901&role_name=A%2FB%20C%2B%3D%2C.%40-d",
		"https://identitycenter.amazonaws.com/ssoins-1":    "",
		"https://identitycenter.us-gov.amazonaws.com/ssoi": "",
		"start": "",
	} {
		link, ok := console.PortalLink(startURL, "012345678901", "A/B C+=,.@-d", "")
		if link != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", startURL, link, ok, want)
		}
	}
	link, _ := console.PortalLink("https://x.awsapps.com/start", "1", "R", "https://console.aws.amazon.com/s3/home?a=b c&d#e")
	if want := "&destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2Fhome%3Fa%3Db%20c%26d%23e"; !strings.HasSuffix(link, want) {
		t.Errorf("%s, want %s at the end", link, want)
	}
}

func TestDestination(t *testing.T) {
	for _, tt := range []struct{ page, region, want string }{
		{"", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"},
		{"S3", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"},
		{"bedrock-agentcore", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/bedrock-agentcore/home?region=eu-west-1"},
		{"elb", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1#LoadBalancers:"},
		{"route53", "us-gov-west-1", "https://console.amazonaws-us-gov.com/route53/v2/home"},
		{"sqs", "eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/sqs/v3/home?region=eusc-de-east-1"},
		{"https://console.aws.amazon.com/x#y", "eu-west-1", "https://console.aws.amazon.com/x#y"},
		{"https://123-abc.us-east-1.console.aws.amazon.com/", "eu-west-1", "https://123-abc.us-east-1.console.aws.amazon.com/"},
	} {
		if got, err := console.Destination(tt.page, tt.region); err != nil || got != tt.want {
			t.Errorf("%s in %s: %s, %v, want %s", tt.page, tt.region, got, err, tt.want)
		}
	}
	for _, page := range []string{
		"http://console.aws.amazon.com/", "https://console.aws.amazon.com@evil.example/", "https://evilconsole.aws.amazon.com/", "https://aws.amazon.com/",
		"https://console.amazonaws.cn/", "https://user@console.aws.amazon.com/", "javascript://console.aws.amazon.com/", "a b", "s3/../iam", "é",
	} {
		if got, err := console.Destination(page, "eu-west-1"); !errors.Is(err, console.ErrDestination) {
			t.Errorf("%s: %s, %v", page, got, err)
		}
	}
	if got, err := console.Destination("s3", "us-iso-east-1"); err == nil || errors.Is(err, console.ErrDestination) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestSignInHost(t *testing.T) {
	for _, tt := range []struct {
		region string
		fips   bool
		want   string
	}{
		{"eu-west-1", false, "eu-west-1.signin.aws.amazon.com"},
		{"us-east-1", true, "us-east-1.signin.aws.amazon.com"},
		{"cn-north-1", false, "cn-north-1.signin.amazonaws.cn"},
		{"us-gov-west-1", false, "us-gov-west-1.signin.amazonaws-us-gov.com"},
		{"us-gov-west-1", true, "signin-fips.amazonaws-us-gov.com"},
		{"us-gov-east-1", true, "us-gov-east-1.signin-fips.amazonaws-us-gov.com"},
		{"eusc-de-east-1", false, "eusc-de-east-1.signin.amazonaws-eusc.eu"},
		{"us-isob-east-1", false, ""},
	} {
		if got, err := console.SignInHost(tt.region, tt.fips); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %s, %v, want %s", tt.region, got, err, tt.want)
		}
	}
}

var credentials = aws.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: "hunter2/+=", SessionToken: "hunter2&"}

// signInService returns a federation whose service handles requests so.
func signInService(t *testing.T, handle http.HandlerFunc) console.Federation {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return console.Federation{Client: server.Client(), Endpoint: server.URL}
}

func TestSignInToken(t *testing.T) {
	var got url.Values
	f := signInService(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, _ = url.ParseQuery(string(body))
		if r.Method != http.MethodPost || r.URL.String() != "/federation" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		_, _ = io.WriteString(w, `{"SigninToken":"token"}`)
	})
	token, err := f.SignInToken(t.Context(), credentials, time.Hour)
	if err != nil || token != "token" {
		t.Fatal(token, err)
	}
	session := `{"sessionId":"ASIA1","sessionKey":"hunter2/+=","sessionToken":"hunter2\u0026"}`
	want := url.Values{"Action": {"getSigninToken"}, "Session": {session}, "SessionDuration": {"3600"}}
	if diff := cmp.Diff(want, got); diff != "" || !json.Valid([]byte(session)) {
		t.Error(diff)
	}
	if _, err := f.SignInToken(t.Context(), credentials, 0); err != nil || got.Has("SessionDuration") {
		t.Errorf("%v, %v", got, err)
	}
}

// TestFederationErrors holds that no error shows what was sent or received.
func TestFederationErrors(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"status": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write(body)
		},
		"no token": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"SigninToken":"","hunter2":1}`)
		},
		"HTML": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>hunter2") },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"SigninToken":"hunter2`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := signInService(t, handle).SignInToken(t.Context(), credentials, 0)
			if err == nil || strings.Contains(err.Error(), "hunter2") || token != "" {
				t.Errorf("%q, %v", token, err)
			}
			if errors.As(err, new(*console.StatusError)) != (name == "status") {
				t.Errorf("%v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := console.Federation{Client: http.DefaultClient, Endpoint: "http://127.0.0.1:1"}.SignInToken(ctx, credentials, 0)
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestLoginURL(t *testing.T) {
	got := console.LoginURL("https://signin", "https://i/#/?a=b&c", "https://d/?e f", "t+/=")
	want := "https://signin/federation?Action=login&Issuer=https%3A%2F%2Fi%2F%23%2F%3Fa%3Db%26c&Destination=https%3A%2F%2Fd%2F%3Fe%20f&SigninToken=t%2B%2F%3D"
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
