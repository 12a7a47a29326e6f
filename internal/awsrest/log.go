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

// logMessages logs requests and responses as the log mode selects, without secrets.
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

// responseText returns the text of a response. It leaves the body readable.
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

// errReader returns err, or io.EOF if it is nil.
type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	return 0, io.EOF
}

// writeHeader writes a header without secrets.
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

// redactBody redacts the secret members of a JSON body. For any other body it returns only the size.
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

// isSecretMember reports whether a member is a secret, by its name in the AWS models or in OAuth.
func isSecretMember(name string) bool {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "accesstoken", "refreshtoken", "idtoken", "clientsecret", "code", "codeverifier", "devicecode",
		"assertion", "subjecttoken", "secretaccesskey", "sessiontoken", "identitycontext":
		return true
	default:
		return false
	}
}

// Marshal marshals v as JSON with its secrets, which point to fields of v, redacted. It changes v.
func Marshal(v any, secrets ...**string) ([]byte, error) {
	for _, s := range secrets {
		if *s != nil {
			*s = aws.String(redacted)
		}
	}
	return json.Marshal(v)
}

var errHidden = errors.New("the secret was redacted when this was marshaled")

// Restore unmarshals data into v. It sets all other fields but fails if [Marshal] redacted a secret.
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
