package ssooidc_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

func iamInput() *ssooidc.CreateTokenWithIAMInput {
	return &ssooidc.CreateTokenWithIAMInput{
		ClientId: new("arn:aws:sso::123456789012:application/x"), GrantType: new("urn:ietf:params:oauth:grant-type:jwt-bearer"),
		Assertion: new("é<&>"),
	}
}

// TestSignature computes the signature again, from the request as it arrived.
func TestSignature(t *testing.T) {
	now := time.Date(2026, 11, 21, 1, 2, 3, 0, time.FixedZone("", 3*3600))
	server := resttest.NewServer(t, resttest.Reply(200, "{}"))
	client := newClient(server, func(o *ssooidc.Options) { o.Now = func() time.Time { return now } })
	if _, err := client.CreateTokenWithIAM(t.Context(), iamInput()); err != nil {
		t.Fatal(err)
	}
	request := server.Requests()[0]
	if request.URI != "/token?aws_iam=t" || request.Header.Get("X-Amz-Date") != "20261120T220203Z" ||
		request.Header.Get("X-Amz-Security-Token") != "session-token" {
		t.Errorf("request %s, header %v", request.URI, request.Header)
	}
	want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/sso-oauth/aws4_request, SignedHeaders=" +
		"amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-date;x-amz-security-token, " +
		"Signature=" + sign(request, strings.TrimPrefix(server.URL, "http://"), "us-east-1")
	if got := request.Header.Get("Authorization"); got != want {
		t.Errorf("authorization %s\nwant %s", got, want)
	}
}

// TestSigningRegion holds that a pseudo-region is signed as the region it stands for.
func TestSigningRegion(t *testing.T) {
	var got string
	client := ssooidc.New(ssooidc.Options{
		Region: "fips-us-gov-west-1", Credentials: signer, Retryer: aws.NopRetryer{},
		HTTPClient: doFunc(func(r *http.Request) (*http.Response, error) {
			got = r.URL.Host + " " + r.Header.Get("Authorization")
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
		}),
	})
	if _, err := client.CreateTokenWithIAM(t.Context(), iamInput()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "oidc.us-gov-west-1.amazonaws.com ") || !strings.Contains(got, "/us-gov-west-1/sso-oauth/aws4_request, ") {
		t.Errorf("request %s", got)
	}
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// sign computes the SigV4 signature of a request as AWS documents it ("Create a signed AWS API
// request").
func sign(r resttest.Request, host, region string) string {
	r.Header.Set("Host", host)
	signed := regexp.MustCompile(`SignedHeaders=([^,]+)`).FindStringSubmatch(r.Header.Get("Authorization"))[1]
	path, query, _ := strings.Cut(r.URI, "?")
	canonical := r.Method + "\n" + path + "\n" + query + "\n"
	for name := range strings.SplitSeq(signed, ";") {
		canonical += name + ":" + strings.TrimSpace(r.Header.Get(name)) + "\n"
	}
	canonical += "\n" + signed + "\n" + hash(r.Body)
	date := r.Header.Get("X-Amz-Date")
	scope := date[:8] + "/" + region + "/sso-oauth/aws4_request"
	key := []byte("AWS4secret-key")
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+hash(canonical)))
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(s))
	return h.Sum(nil)
}

// skewed is a service whose clock is off, and which refuses signatures that are not of its time.
type skewed struct {
	offset time.Duration
	dates  []string
}

func (s *skewed) Do(r *http.Request) (*http.Response, error) {
	now := time.Now().Add(s.offset)
	s.dates = append(s.dates, r.Header.Get("X-Amz-Date"))
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return nil, err
	}
	header := http.Header{"Date": {now.UTC().Format(http.TimeFormat)}}
	if now.Sub(signed).Abs() > 5*time.Minute {
		header.Set("X-Amzn-ErrorType", "InvalidSignatureException")
		return &http.Response{StatusCode: http.StatusForbidden, Header: header, Body: http.NoBody}, nil
	}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: http.NoBody}, nil
}

// TestClockSkew holds that a clock which is off costs one attempt, once.
func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := &skewed{offset: time.Hour}
		client := ssooidc.New(ssooidc.Options{Region: "us-east-1", HTTPClient: service, Credentials: signer})
		for call, want := range []int{2, 3} {
			if _, err := client.CreateTokenWithIAM(t.Context(), iamInput()); err != nil {
				t.Fatalf("call %d: %v", call, err)
			}
			if len(service.dates) != want {
				t.Errorf("call %d: %d requests, want %d", call, len(service.dates), want)
			}
		}
	})
}

func TestClockSkewDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := &skewed{offset: time.Hour}
		client := ssooidc.New(ssooidc.Options{
			Region: "us-east-1", HTTPClient: service, Credentials: signer, DisableClockSkewCorrection: true,
		})
		_, err := client.CreateTokenWithIAM(t.Context(), iamInput())
		if err == nil || len(service.dates) != 1 {
			t.Errorf("%d requests, error %v", len(service.dates), err)
		}
	})
}

// TestCannotSign holds that what cannot be signed is not sent.
func TestCannotSign(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, ""))
	errNo := errors.New("no credentials today")
	tests := map[string]struct {
		change func(*ssooidc.Options)
		want   string
	}{
		"nil":       {func(o *ssooidc.Options) { o.Credentials = nil }, "no credentials to sign the request with"},
		"anonymous": {func(o *ssooidc.Options) { o.Credentials = aws.AnonymousCredentials{} }, "no credentials to sign the request with"},
		"failing":   {func(o *ssooidc.Options) { o.Credentials = failing{errNo} }, "get credentials: no credentials today"},
		"no region": {func(o *ssooidc.Options) { o.Region = "" }, "no region to sign the request for"},
	}
	for name, tt := range tests {
		_, err := newClient(server, tt.change).CreateTokenWithIAM(t.Context(), iamInput())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
		if name == "failing" && !errors.Is(err, errNo) {
			t.Errorf("%s: error %v does not wrap its cause", name, err)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

type failing struct{ err error }

func (f failing) Retrieve(context.Context) (aws.Credentials, error) { return aws.Credentials{}, f.err }
