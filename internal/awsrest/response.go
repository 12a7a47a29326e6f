package awsrest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// maxBody is the size limit of a response in bytes. A page of a hundred accounts has about 20 kB.
const maxBody = 1 << 20 // as in errTooLarge

var errTooLarge = errors.New("response is larger than 1 MiB")

// readBody reads and closes the body of a response.
func readBody(resp *http.Response) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), maxBody)) + bytes.MinRead)
	_, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	closeErr := resp.Body.Close()
	switch {
	case err != nil:
		return nil, err
	case body.Len() > maxBody:
		return nil, errTooLarge
	default:
		return body.Bytes(), closeErr
	}
}

// deserializeResponse parses the HTTP response as the operation's output or error.
type deserializeResponse struct {
	service *Service
	op      operation
	sent    *RequestWriter
}

func (*deserializeResponse) ID() string { return "OperationDeserializer" }

func (m *deserializeResponse) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	switch {
	case !ok && err == nil:
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("unexpected transport type %T", out.RawResponse)}
	case err != nil:
		if ok {
			smithyhttp.CloseResponseBody(ctx, resp, false, err)
		}
		return out, metadata, err
	}
	part := startPart(ctx, "OperationDeserializer", "client.call.deserialization_duration")
	defer part.end()

	success := resp.StatusCode >= 200 && resp.StatusCode < 300
	if success && !m.op.hasBody() { // the status is enough, even if the body is truncated
		_ = resp.Body.Close()
		out.Result = m.op.decode(nil)
		return out, metadata, nil
	}
	body, err := readBody(resp.Response)
	if !success {
		var failure error = m.service.apiError(resp.Response, body, m.sent.secrets()) // from a body that may be incomplete
		if err != nil && ctx.Err() != nil {
			failure = fmt.Errorf("%w: %w", failure, ctx.Err())
		}
		return out, metadata, failure
	}
	if err == nil {
		out.Result, err = m.output(body)
	}
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	return out, metadata, nil
}

func (m *deserializeResponse) output(body []byte) (any, error) {
	body, err := m.service.protocol().result(m.op.spec().Name, body)
	if err != nil {
		return nil, err
	}
	o, err := ParseObject(body)
	if err != nil {
		return nil, err
	}
	out := m.op.decode(o)
	return out, o.Err()
}

// apiError returns the error in a response with a status other than 2xx.
func (s *Service) apiError(resp *http.Response, data []byte, secrets []redact.Secret) smithy.APIError {
	members, _ := parseObject(s.protocol().failure(data)) // fails for a proxy's HTML page
	body := ErrorBody{members, secrets}
	code := body.code(resp.Header)
	if err := s.Error(code, body); err != nil {
		return err
	}
	generic := &smithy.GenericAPIError{Code: code, Fault: smithy.FaultClient}
	if resp.StatusCode >= 500 {
		generic.Fault = smithy.FaultServer
	}
	if code == "" {
		generic.Code = "UnknownError"
	}
	if message := body.Message(); message != nil {
		generic.Message = *message
	} else {
		generic.Message = StatusMessage(resp.StatusCode)
	}
	return generic
}

// StatusMessage returns the message of an error response that has none.
func StatusMessage(status int) string {
	message := fmt.Sprintf("HTTP status %d %s", status, http.StatusText(status))
	if status >= 300 && status < 400 {
		message += ": redirects are not followed"
	}
	return message
}

var errNotRequest = errors.New("unexpected transport type")
