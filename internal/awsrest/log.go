package awsrest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const redacted = "[redacted]"

// logMessages logs requests and responses as the client's log mode asks, without their secrets.
type logMessages struct {
	mode aws.ClientLogMode
	sent *RequestWriter
}

func (*logMessages) ID() string { return "RequestResponseLogger" }

func (m *logMessages) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	logger := middleware.GetLogger(ctx)
	if m.mode.IsRequest() || m.mode.IsRequestWithBody() {
		req, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return out, metadata, errNotRequest
		}
		text, err := requestText(req, m.mode.IsRequestWithBody())
		if err != nil {
			return out, metadata, fmt.Errorf("log request: %w", err)
		}
		logger.Logf(logging.Debug, "Request\n%s", text)
	}
	out, metadata, err = next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if err == nil && ok && (m.mode.IsResponse() || m.mode.IsResponseWithBody()) {
		text := responseText(resp.Response, m.mode.IsResponseWithBody())
		logger.Logf(logging.Debug, "Response\n%s", hide(text, m.sent.secrets()))
	}
	return out, metadata, err
}

func requestText(req *smithyhttp.Request, withBody bool) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\nHost: %s\n", req.Method, req.URL.RequestURI(), req.URL.Host)
	writeHeader(&b, req.Header)
	stream := req.GetStream()
	if !withBody || stream == nil {
		return b.String(), nil
	}
	body, err := io.ReadAll(stream)
	if err != nil {
		return "", err
	}
	b.WriteString("\n" + redactBody(body))
	return b.String(), req.RewindStream()
}

// responseText reads the body, if it is asked for, and puts it back.
func responseText(resp *http.Response, withBody bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", resp.Proto, resp.Status)
	writeHeader(&b, resp.Header)
	if !withBody {
		return b.String()
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	rest := resp.Body
	resp.Body = readCloser{io.MultiReader(bytes.NewReader(body), errReader{err}, rest), rest}
	b.WriteString("\n" + redactBody(body))
	return b.String()
}

type readCloser struct {
	io.Reader
	io.Closer
}

// errReader gives a reading error back to the next reader of the body.
type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return 0, io.EOF
}

// writeHeader writes a header without the values that are secrets.
func writeHeader(b *strings.Builder, header http.Header) {
	header = header.Clone()
	for name := range header {
		if isSecretHeader(name) {
			header[name] = []string{redacted}
		}
	}
	_ = header.Write(b) // to memory
}

func isSecretHeader(name string) bool {
	switch strings.ToLower(name) {
	case "x-amz-sso_bearer_token", "authorization", "proxy-authorization", "x-amz-security-token", "cookie", "set-cookie":
		return true
	default:
		return false
	}
}

// redactBody returns a JSON body without the values of its secret members. Anything else is only
// measured: what it is cannot be told.
func redactBody(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if !json.Valid(body) || d.Decode(&v) != nil {
		return fmt.Sprintf("[%d bytes that are not JSON]", len(body))
	}
	text, err := json.Marshal(redactValue(v))
	if err != nil {
		return redacted
	}
	return string(text)
}

func redactValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if isSecretMember(name) && member != nil {
				v[name] = redacted
			} else {
				v[name] = redactValue(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = redactValue(v[i])
		}
	}
	return v
}

// isSecretMember knows a member by its name in the AWS models, or in OAuth's spelling of it, which
// a server that is not quite AWS may use.
func isSecretMember(name string) bool {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "accesstoken", "refreshtoken", "idtoken", "clientsecret", "code", "codeverifier", "devicecode",
		"assertion", "subjecttoken", "secretaccesskey", "sessiontoken", "identitycontext":
		return true
	default:
		return false
	}
}

// Hide replaces the secrets that are set by a text that says so.
func Hide(secrets ...**string) {
	for _, s := range secrets {
		if *s != nil {
			*s = aws.String(redacted)
		}
	}
}

var errHidden = errors.New("the secret was left out when this was written")

// Restore reads a value that was marshaled as JSON into v, whose secrets are those. A secret that [Hide]
// replaced is an error: it must not be taken for the secret. v is left with the rest.
func Restore(data []byte, v any, secrets ...**string) error {
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	var err error
	for _, s := range secrets {
		if aws.ToString(*s) == redacted {
			*s, err = nil, errHidden
		}
	}
	return err
}
