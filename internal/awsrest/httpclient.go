package awsrest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// sendOnce returns a copy of c that sends each request once and to one host. It does not follow redirects: net/http
// would forward the bearer token, which is not in the Authorization header, to any host. It does not replay requests
// that a server resets: see [onceClient]. A client of another type is returned unchanged.
func sendOnce(c aws.HTTPClient) aws.HTTPClient {
	switch c := c.(type) {
	case *awshttp.BuildableClient:
		frozen := sendOnce(c.Freeze())
		if once, ok := frozen.(onceClient); ok { // its transport is of an SDK type
			once.newTransport = c.GetTransport
			return once
		}
		return frozen
	case *http.Client:
		copied := *c
		copied.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		once := onceClient{Client: &copied}
		if transport, ok := cmp.Or(c.Transport, http.DefaultTransport).(*http.Transport); ok {
			once.newTransport = transport.Clone
		}
		return once
	default:
		return c
	}
}

// onNewConnections returns a copy of c, a result of sendOnce, that opens a new connection for each request. If a server
// closes an idle connection while a request is sent, there is no way to tell whether it has read the request. A client
// or transport of another type is used unchanged.
func onNewConnections(c aws.HTTPClient) aws.HTTPClient {
	once, ok := c.(onceClient)
	if !ok {
		return c
	}
	once.alone = once.newTransport != nil
	return once
}

// onceClient leaves retries to the retryer. On HTTP/2, net/http replays a request that the server resets or rejects with
// GOAWAY immediately and without limit, hundreds of times a second. The retryer backs off, gives up, and knows which
// requests must not be resent.
type onceClient struct {
	*http.Client

	newTransport func() *http.Transport // copies the transport; nil if it is of another type
	alone        bool                   // use a new transport for each request
}

// maxTries is how often net/http may send a request without a body: the first connection may be stale.
const maxTries = 2

var errReset = errors.New("connection closed or request reset by the server")

// Do sends the request. net/http cannot replay a request with a body, since GetBody is nil. To stop it from replaying a
// request without a body, Do cancels the context.
func (c onceClient) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	client, release := c.Client, func() { cancel(nil) }
	if c.alone {
		copied, transport := *c.Client, c.newTransport()
		copied.Transport = transport
		client, release = &copied, func() { cancel(nil); transport.CloseIdleConnections() }
	}
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
		release()
		return nil, err
	}
	resp, err := client.Do(r) //nolint:gosec // G704: the endpoint is the caller's own choice
	if err != nil {
		if context.Cause(ctx) == errReset { //nolint:errorlint // identity, not a kind of error
			err = errReset
		}
		release()
		return nil, err
	}
	resp.Body = &releasedBody{resp.Body, release}
	return resp, nil
}

// ownBody gives the request a body that only net/http closes. Smithy closes its body as soon as the response starts; if
// the server has not read the whole request by then, net/http treats the connection as broken and drops the rest of the
// response.
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

// releasedBody releases the resources of the request when the response has been read.
type releasedBody struct {
	io.ReadCloser
	release func()
}

// Close closes the body.
func (b *releasedBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}
