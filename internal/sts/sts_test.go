package sts_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	official "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
	"github.com/latchkey-sso/latchkey/internal/sts"
)

var caller = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "hunter2"}, nil
})

// recorder is an HTTP client that keeps the last request.
type recorder struct {
	status   int
	response string
	request  *http.Request
	body     string
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.request, r.body = req, string(body)
	header := http.Header{"Content-Type": {"text/xml"}, "X-Amzn-Requestid": {"request-1"}}
	return &http.Response{StatusCode: r.status, Header: header, Body: io.NopCloser(strings.NewReader(r.response)), Request: req}, nil
}

const response = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>AROA123:name</AssumedRoleId>
      <Arn>arn:aws:sts::123456789012:assumed-role/r/name</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIA1</AccessKeyId>
      <SecretAccessKey>s/+&amp;=</SecretAccessKey>
      <SessionToken>t&#43;/=</SessionToken>
      <Expiration>2100-01-01T00:00:00Z</Expiration>
    </Credentials>
    <PackedPolicySize>1</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>x</RequestId></ResponseMetadata>
</AssumeRoleResponse>
`

func newClient(h *recorder, fns ...func(*awsrest.Options)) *sts.Client {
	o := awsrest.Options{Region: "eu-west-1", HTTPClient: h, RetryMaxAttempts: 1}
	for _, fn := range fns {
		fn(&o)
	}
	return sts.New(o)
}

// TestSameAsSDK holds that a request and what is read from its response are those of the SDK's client.
func TestSameAsSDK(t *testing.T) {
	for name, in := range map[string]sts.AssumeRoleInput{
		"least": {RoleARN: "arn:aws:iam::123456789012:role/r", SessionName: "name"},
		"all": {
			RoleARN: "arn:aws:iam::123456789012:role/a b+c", SessionName: "me@example.com", Duration: 15 * time.Minute,
			ExternalID: "x&y=z/:é", MFASerial: "arn:aws:iam::123456789012:mfa/me", MFACode: "123456",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := &recorder{status: 200, response: response}, &recorder{status: 200, response: response}
			got, err := newClient(ours).AssumeRole(t.Context(), caller, &in)
			if err != nil {
				t.Fatal(err)
			}
			params := &official.AssumeRoleInput{RoleArn: &in.RoleARN, RoleSessionName: &in.SessionName}
			if name == "all" {
				params.DurationSeconds = aws.Int32(900)
				params.ExternalId, params.SerialNumber, params.TokenCode = &in.ExternalID, &in.MFASerial, aws.String("123456")
			}
			want, err := official.New(official.Options{Region: "eu-west-1", HTTPClient: theirs, Credentials: caller}).AssumeRole(t.Context(), params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(form(t, theirs.body), form(t, ours.body)); diff != "" {
				t.Error(diff)
			}
			for _, name := range []string{"Content-Type", "X-Amz-Security-Token"} {
				if got, want := ours.request.Header.Get(name), theirs.request.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if got, want := ours.request.Method+" "+ours.request.URL.String(), theirs.request.Method+" "+theirs.request.URL.String(); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			c := want.Credentials
			if got.AccessKeyID != *c.AccessKeyId || string(got.SecretAccessKey) != *c.SecretAccessKey || string(got.SessionToken) != *c.SessionToken ||
				!got.Expires.Equal(*c.Expiration) || got.AssumedRoleARN != *want.AssumedRoleUser.Arn || got.AssumedRoleID != *want.AssumedRoleUser.AssumedRoleId {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func form(t *testing.T, body string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestEndpoints holds that requests go where those of the SDK's client go, in every partition.
func TestEndpoints(t *testing.T) {
	for _, region := range []string{
		"us-east-1", "eu-west-1", "ap-southeast-5", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1",
	} {
		for variant := range 4 {
			fips, dual := aws.FIPSEndpointState(variant&1), aws.DualStackEndpointState(variant>>1)
			ours, theirs := &recorder{status: 200, response: response}, &recorder{status: 200, response: response}
			_, err := newClient(ours, func(o *awsrest.Options) {
				o.Region = region
				o.EndpointOptions = awsrest.EndpointOptions{UseFIPSEndpoint: fips, UseDualStackEndpoint: dual}
			}).AssumeRole(t.Context(), caller, &sts.AssumeRoleInput{RoleARN: "r", SessionName: "s"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = official.New(official.Options{
				Region: region, HTTPClient: theirs, Credentials: caller,
				EndpointOptions: official.EndpointResolverOptions{UseFIPSEndpoint: fips, UseDualStackEndpoint: dual},
			}).AssumeRole(t.Context(), &official.AssumeRoleInput{RoleArn: aws.String("r"), RoleSessionName: aws.String("s")})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ours.request.URL.String(), theirs.request.URL.String(); got != want {
				t.Errorf("%s, fips %v, dual-stack %v: %s, want %s", region, fips, dual, got, want)
			}
			if got, want := scope(ours.request), scope(theirs.request); got != want {
				t.Errorf("%s: signed for %s, want %s", region, got, want)
			}
		}
	}
}

// scope is the region and service that a request is signed for.
func scope(r *http.Request) string {
	credential := strings.Split(r.Header.Get("Authorization"), "/")
	return strings.Join(credential[2:4], "/")
}

func TestErrors(t *testing.T) {
	const text = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code>` +
		`<Message>User: me &amp; you</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`
	for name, tt := range map[string]struct {
		status              int
		response            string
		code, message, full string
	}{
		"denied":     {403, fmt.Sprintf(text, "AccessDenied"), "AccessDenied", "User: me & you", ""},
		"proxy":      {403, "<html><body>no</body></html>", "UnknownError", "HTTP status 403 Forbidden", ""},
		"JSON":       {503, `{"message":"no"}`, "UnknownError", "HTTP status 503 Service Unavailable", ""},
		"no result":  {200, "<AssumeRoleResponse/>", "", "", "body has no AssumeRoleResult"},
		"other call": {200, strings.ReplaceAll(response, "AssumeRoleRes", "GetCallerIdentityRes"), "", "", "body has no AssumeRoleResult"},
		"no secret":  {200, strings.ReplaceAll(response, "SecretAccessKey", "Other"), "", "", "Credentials.SecretAccessKey is missing from the response"},
		"no expiry":  {200, strings.ReplaceAll(response, "2100-01-01T00:00:00Z", "soon"), "", "", "Credentials.Expiration is not a timestamp"},
		"empty":      {200, "", "", "", "not the XML of the AWS Query protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorder{status: tt.status, response: tt.response}
			out, err := newClient(h).AssumeRole(t.Context(), caller, &sts.AssumeRoleInput{RoleARN: "r", SessionName: "s"})
			if err == nil {
				t.Fatalf("no error: %+v", out)
			}
			var api smithy.APIError
			if errors.As(err, &api) != (tt.code != "") || tt.code != "" && (api.ErrorCode() != tt.code || api.ErrorMessage() != tt.message) {
				t.Errorf("%v, want %s: %s", err, tt.code, tt.message)
			}
			var answered *awshttp.ResponseError
			if tt.code != "" && (!errors.As(err, &answered) || answered.ServiceRequestID() != "request-1") {
				t.Errorf("%v: no request id", err)
			}
			if !strings.Contains(err.Error(), tt.full) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v, want %s", err, tt.full)
			}
		})
	}
}

func TestOutputDoesNotPrint(t *testing.T) {
	out := sts.AssumeRoleOutput{SecretAccessKey: "hunter2", SessionToken: "hunter2"}
	in := sts.AssumeRoleInput{MFACode: "hunter2"}
	if text := fmt.Sprintf("%v %+v %#v %v %+v %#v", out, out, out, in, in, in); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}
