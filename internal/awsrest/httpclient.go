package awsrest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// sendOnce returns a copy of c that sends a request to one place, and once. It hands a redirect back
// instead of following it: the request carries a bearer token in a header of its own, which net/http
// would send on to any host. And net/http does not replay what a server resets: see [onceClient]. A
// client of an unknown type is returned as it is.
func sendOnce(c aws.HTTPClient) aws.HTTPClient {
	switch c := c.(type) {
	case *awshttp.BuildableClient:
		return sendOnce(c.Freeze())
	case *http.Client:
		copied := *c
		copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		return onceClient{&copied}
	default:
		return c
	}
}

// onceClient is an HTTP client that leaves it to the retryer to repeat requests. On HTTP/2 net/http
// replays a request that the server resets or turns away with GOAWAY, at once and without end: hundreds
// of times a second. The retryer waits, gives up, and knows which requests must not be repeated.
type onceClient struct{ *http.Client }

// maxTries is how often net/http may send a request without a body: the first connection may be one that
// the server was about to close.
const maxTries = 2

var errReset = errors.New("connection closed or request reset by the server")

// Do sends the request. What has a body is sent once, as net/http has no way to get the body again. That
// does not stop it from replaying the others, so their context is canceled.
func (c onceClient) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	var tries atomic.Int32
	r = r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			if tries.Load() >= maxTries {
				cancel(errReset)
			}
		},
		WroteHeaders: func() { tries.Add(1) },
	}))
	if err := ownBody(r); err != nil {
		cancel(nil)
		return nil, err
	}
	resp, err := c.Client.Do(r) //nolint:gosec // G704: the endpoint is the caller's own choice
	if err != nil {
		if context.Cause(ctx) == errReset { //nolint:errorlint // identity, not a kind of error
			err = errReset
		}
		cancel(nil)
		return nil, err
	}
	resp.Body = &canceledBody{resp.Body, cancel}
	return resp, nil
}

// ownBody gives the request a body that nobody else closes. Smithy closes the one it made as soon as
// there is an answer, and if the server did not wait for the end of the request, net/http then takes
// the connection for broken, the rest of the answer with it.
func ownBody(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body, r.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	return nil
}

// canceledBody releases the request's context when the response has been read.
type canceledBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

// Close closes the body.
func (b *canceledBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}
