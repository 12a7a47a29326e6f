package sso_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
)

func roleCredentialsInput() *sso.GetRoleCredentialsInput {
	return &sso.GetRoleCredentialsInput{AccessToken: new("secret-token"), AccountId: new("012345678901"), RoleName: new("My Role")}
}

const complete = `"accessKeyId":"AKID","secretAccessKey":"SECRET","sessionToken":"SESSION"`

// TestRoleCredentialsResponses is about what GetRoleCredentials makes of an answer with status 200.
func TestRoleCredentialsResponses(t *testing.T) {
	tests := map[string]struct {
		body           string
		wantErr        string // "": the complete credentials
		wantExpiration int64
	}{
		"complete":               {body: `{"roleCredentials":{` + complete + `,"expiration":1651516560000}}`, wantExpiration: 1651516560000},
		"unknown members":        {body: `{"a":[{}],"roleCredentials":{"b":null,` + complete + `}}`},
		"white space":            {body: " \r\n\t{ \"roleCredentials\" : {" + complete + " , \"expiration\" : 5 } } \n", wantExpiration: 5},
		"expiration whole float": {body: `{"roleCredentials":{` + complete + `,"expiration":1651516560000.0}}`, wantExpiration: 1651516560000},
		"expiration exponent":    {body: `{"roleCredentials":{` + complete + `,"expiration":1.65151656e12}}`, wantExpiration: 1651516560000},
		"expiration null":        {body: `{"roleCredentials":{` + complete + `,"expiration":null}}`},
		"duplicate member":       {body: `{"roleCredentials":{"accessKeyId":"x",` + complete + `}}`},
		"duplicate object":       {body: `{"roleCredentials":{},"roleCredentials":{` + complete + `}}`},

		"empty":                  {body: ``, wantErr: "roleCredentials is missing from the response"},
		"empty object":           {body: `{}`, wantErr: "roleCredentials is missing from the response"},
		"null credentials":       {body: `{"roleCredentials":null}`, wantErr: "roleCredentials is missing from the response"},
		"other letter case":      {body: `{"RoleCredentials":{` + complete + `}}`, wantErr: "roleCredentials is missing from the response"},
		"no access key":          {body: `{"roleCredentials":{"secretAccessKey":"s","sessionToken":"t"}}`, wantErr: "roleCredentials.accessKeyId is missing"},
		"no secret key":          {body: `{"roleCredentials":{"accessKeyId":"a","sessionToken":"t"}}`, wantErr: "roleCredentials.secretAccessKey is missing"},
		"no session token":       {body: `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s"}}`, wantErr: "roleCredentials.sessionToken is missing"},
		"empty session token":    {body: `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s","sessionToken":""}}`, wantErr: "roleCredentials.sessionToken is missing"},
		"null session token":     {body: `{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"s","sessionToken":null}}`, wantErr: "roleCredentials.sessionToken is missing"},
		"number for a string":    {body: `{"roleCredentials":{"accessKeyId":12345}}`, wantErr: "roleCredentials.accessKeyId is a number, not a string"},
		"list for an object":     {body: `{"roleCredentials":["a"]}`, wantErr: "roleCredentials is a list, not an object"},
		"string for an object":   {body: `{"roleCredentials":"{}"}`, wantErr: "roleCredentials is a string, not an object"},
		"expiration string":      {body: `{"roleCredentials":{` + complete + `,"expiration":"1651516560000"}}`, wantErr: "roleCredentials.expiration is a string, not a number"},
		"expiration boolean":     {body: `{"roleCredentials":{` + complete + `,"expiration":true}}`, wantErr: "roleCredentials.expiration is a boolean, not a number"},
		"expiration fraction":    {body: `{"roleCredentials":{` + complete + `,"expiration":1.5}}`, wantErr: "roleCredentials.expiration is not a whole number"},
		"expiration too large":   {body: `{"roleCredentials":{` + complete + `,"expiration":1e30}}`, wantErr: "roleCredentials.expiration is not a whole number in range"},
		"expiration past int64":  {body: `{"roleCredentials":{` + complete + `,"expiration":99999999999999999999}}`, wantErr: "roleCredentials.expiration is not a whole number in range"},
		"null":                   {body: `null`, wantErr: "body is null, not an object"},
		"list":                   {body: `[]`, wantErr: "body is a list, not an object"},
		"string":                 {body: `"SECRET"`, wantErr: "body is a string, not an object"},
		"truncated":              {body: `{"roleCredentials":{"secretAccessKey":"SECRET`, wantErr: "invalid JSON at byte 45 of 45"},
		"trailing garbage":       {body: `{"roleCredentials":{` + complete + `}}SECRET`, wantErr: "invalid JSON at byte"},
		"two objects":            {body: `{"roleCredentials":{` + complete + `}}{}`, wantErr: "invalid JSON at byte"},
		"byte order mark":        {body: "\uFEFF{}", wantErr: "invalid JSON at byte 1 of 5"},
		"white space only":       {body: " \n", wantErr: "invalid JSON"},
		"HTML":                   {body: "<html>SECRET</html>", wantErr: "invalid JSON at byte 1"},
		"deep":                   {body: `{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, wantErr: "invalid JSON"},
		"endless":                {body: `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, wantErr: "response is larger than 1 MiB"},
		"not UTF-8 in a name":    {body: "{\"\xff\":1}", wantErr: "body is not UTF-8"},
		"number with a NUL":      {body: "{\"roleCredentials\":1\x00}", wantErr: "invalid JSON"},
		"surrogate in a string":  {body: `{"roleCredentials":"\ud800"}`, wantErr: "roleCredentials is a string, not an object"},
		"nothing but the braces": {body: `{`, wantErr: "invalid JSON at byte 1 of 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(200, tt.body, "Content-Type", "text/html", "X-Amzn-Requestid", "r-1"))
			got, err := newClient(server).GetRoleCredentials(t.Context(), roleCredentialsInput())
			if tt.wantErr != "" {
				resttest.WantDeserializationError(t, err, "GetRoleCredentials", tt.wantErr)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := &sso.RoleCredentials{
				AccessKeyId: new("AKID"), SecretAccessKey: new("SECRET"), SessionToken: new("SESSION"),
				Expiration: tt.wantExpiration,
			}
			if diff := cmp.Diff(resttest.Members(want), resttest.Members(got.RoleCredentials)); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListResponses(t *testing.T) {
	resttest.CheckOutputs(t, map[string]resttest.Output{
		"empty body":        {Body: ``, Want: map[string]string{}},
		"no list":           {Body: `{}`, Want: map[string]string{}},
		"null list":         {Body: `{"accountList":null}`, Want: map[string]string{}},
		"empty list":        {Body: `{"accountList":[]}`, Want: map[string]string{".AccountList#": "0"}},
		"null element":      {Body: `{"accountList":[null,{"accountId":"1"},null]}`, Want: map[string]string{".AccountList#": "1", ".AccountList[0].AccountId": "1"}},
		"element of a list": {Body: `{"accountList":[{},"x"]}`, WantErr: "accountList[1] is a string, not an object"},
		"not a list":        {Body: `{"accountList":{}}`, WantErr: "accountList is an object, not a list"},
		"wrong member":      {Body: `{"accountList":[{},{"accountId":1}]}`, WantErr: "accountList[1].accountId is a number, not a string"},
		"wrong token":       {Body: `{"nextToken":{}}`, WantErr: "nextToken is an object, not a string"},
	}, "ListAccounts", func(server *resttest.Server) (any, error) {
		return newClient(server).ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")})
	})
}

// TestLogoutBody holds that a logout which the service says succeeded did, whatever comes after the
// status.
func TestLogoutBody(t *testing.T) {
	type handler = func(w http.ResponseWriter, r *http.Request, n int)
	for name, answer := range map[string]handler{
		"empty":      resttest.Reply(200, ""),
		"no content": resttest.Reply(204, ""),
		"object":     resttest.Reply(200, "{}"),
		"null":       resttest.Reply(200, "null"),
		"text":       resttest.Reply(200, "bye"),
		"too large":  resttest.Reply(200, strings.Repeat(" ", 2<<20)),
		"cut":        resttest.Reply(200, "{}", "Content-Length", "1000"),
		"never ends": func(w http.ResponseWriter, r *http.Request, _ int) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		server := resttest.NewServer(t, answer)
		if _, err := newClient(server).Logout(t.Context(), &sso.LogoutInput{AccessToken: new("t")}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLogoutRequestHasNoBody(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, ""))
	if _, err := newClient(server).Logout(t.Context(), &sso.LogoutInput{AccessToken: new("t")}); err != nil {
		t.Fatal(err)
	}
	header := server.Requests()[0].Header
	if header.Get("Content-Length") != "0" || header.Values("Content-Type") != nil {
		t.Errorf("header %v", header)
	}
}

func TestResultMetadata(t *testing.T) {
	date := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	server := resttest.NewServer(t, resttest.Reply(200, `{}`, "Date", date.Format(http.TimeFormat), "X-Amzn-Requestid", "r-2"))
	out, err := newClient(server).ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")})
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := awsmiddleware.GetServerTime(out.ResultMetadata); !ok || !at.Equal(date) {
		t.Errorf("server time %v, %v", at, ok)
	}
	if id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata); id != "r-2" {
		t.Errorf("request id %q", id)
	}
}

// TestBadAccessToken holds that a token which no header can carry is refused, unseen.
func TestBadAccessToken(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, "{}"))
	for _, token := range []string{"tok\nen", "token\n", "\x00token", "tok\x7fen", "tok\ren"} {
		_, err := newClient(server).Logout(t.Context(), &sso.LogoutInput{AccessToken: &token})
		var invalid smithy.InvalidParamsError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "line break in field, LogoutInput.AccessToken") {
			t.Errorf("token %q: error %v", token, err)
		}
		if err != nil && strings.Contains(err.Error(), "tok") {
			t.Errorf("error shows the token: %v", err)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestNilInput holds that nil is an empty input.
func TestNilInput(t *testing.T) {
	_, err := sso.New(sso.Options{}).GetRoleCredentials(t.Context(), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "operation error SSO: GetRoleCredentials, 3 validation error(s) found.") {
		t.Errorf("error %v", err)
	}
}

// TestBodyIsClosed holds that connections are used again, whatever the answer.
func TestBodyIsClosed(t *testing.T) {
	for name, reply := range map[string]*http.Response{
		"answer":  {StatusCode: 200},
		"garbage": {StatusCode: 200},
		"error":   {StatusCode: 401},
	} {
		body := &closer{Reader: strings.NewReader(map[string]string{"garbage": "{"}[name])}
		reply.Body, reply.Header = body, http.Header{}
		client := sso.New(sso.Options{Region: "us-east-1", Retryer: aws.NopRetryer{}, HTTPClient: doFunc(func(*http.Request) (*http.Response, error) {
			return reply, nil
		})})
		_, _ = client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")})
		if !body.closed {
			t.Errorf("%s: body left open", name)
		}
	}
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }
