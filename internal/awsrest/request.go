package awsrest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// RequestWriter writes input members to a request. It omits nil members but not empty ones.
type RequestWriter struct {
	header http.Header
	query  url.Values
	body   map[string]any
}

// Header sets a header.
func (w *RequestWriter) Header(name string, value *string) {
	if value != nil {
		w.header.Set(name, *value)
	}
}

// Query sets a query parameter.
func (w *RequestWriter) Query(name string, value *string) {
	if value != nil {
		w.query.Set(name, *value)
	}
}

// QueryInt32 sets a query parameter to a number.
func (w *RequestWriter) QueryInt32(name string, value *int32) {
	if value != nil {
		w.query.Set(name, strconv.FormatInt(int64(*value), 10))
	}
}

// String sets a member of the body.
func (w *RequestWriter) String(name string, value *string) {
	if value != nil {
		w.body[name] = *value
	}
}

// Strings sets a member of the body to a list.
func (w *RequestWriter) Strings(name string, value []string) {
	if value != nil {
		w.body[name] = value
	}
}

// encodeBody returns the same JSON as the Go SDK: compact, sorted and without unnecessary escapes.
func (w *RequestWriter) encodeBody() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(w.body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// serializeRequest writes the operation's input to the HTTP request.
type serializeRequest struct {
	service *Service
	op      operation
	sent    RequestWriter
}

func (*serializeRequest) ID() string { return "OperationSerializer" }

func (m *serializeRequest) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error,
) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.SerializeOutput{}, middleware.Metadata{}, fmt.Errorf("unexpected transport type %T", in.Request)
	}
	part := startPart(ctx, "OperationSerializer", "client.call.serialization_duration")
	req, err := m.serialize(req, in.Parameters)
	part.end()
	if err != nil {
		return middleware.SerializeOutput{}, middleware.Metadata{}, &smithy.SerializationError{Err: err}
	}
	in.Request = req
	return next.HandleSerialize(ctx, in)
}

func (m *serializeRequest) serialize(req *smithyhttp.Request, params any) (*smithyhttp.Request, error) {
	spec := m.op.spec()
	query, err := url.ParseQuery(spec.Query)
	if err != nil {
		return nil, err
	}
	m.sent = RequestWriter{header: req.Header, query: query, body: map[string]any{}}
	w := &m.sent
	if err := m.op.encode(params, w); err != nil {
		return nil, err
	}
	req.Method = spec.Method
	req.URL.Path = spec.Path
	req.URL.RawQuery = w.query.Encode()
	protocol := m.service.protocol()
	body, err := protocol.encode(spec.Name, w)
	if err != nil || body == nil {
		return req, err
	}
	req.Header.Set("Content-Type", protocol.contentType())
	return req.SetStream(bytes.NewReader(body))
}
