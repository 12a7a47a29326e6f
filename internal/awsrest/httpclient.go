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

// sendOnce returns a copy of c that sends a request to one place, and once. It hands a redirect back
// instead of following it: the request carries a bearer token in a header of its own, which net/http
// would send on to any host. And net/http does not replay what a server resets: see [onceClient]. A
// client of an unknown type is returned as it is.
func sendOnce(c aws.HTTPClient) aws.HTTPClient {
	switch c := c.(type) {
	case *awshttp.BuildableClient:
		frozen := sendOnce(c.Freeze())
		if once, ok := frozen.(onceClient); ok { // its transport is of a type of the SDK's
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

// onNewConnections returns a copy of c, a client of sendOnce's, that sends each request on a connection
// of its own. One that is kept alive may be closed by the server just as the request is sent: nobody can
// tell then whether the server has read it. A client of an unknown type is returned as it is, and one
// with a transport of an unknown type goes on with that.
func onNewConnections(c aws.HTTPClient) aws.HTTPClient {
	once, ok := c.(onceClient)
	if !ok {
		return c
	}
	once.alone = once.newTransport != nil
	return once
}

// onceClient is an HTTP client that leaves it to the retryer to repeat requests. On HTTP/2 net/http
// replays a request that the server resets or turns away with GOAWAY, at once and without end: hundreds
// of times a second. The retryer waits, gives up, and knows which requests must not be repeated.
type onceClient struct {
	*http.Client

	newTransport func() *http.Transport // a copy of the client's; nil if it is of an unknown type
	alone        bool                   // each request gets such a copy
}

// maxTries is how often net/http may send a request without a body: the first connection may be one that
// the server was about to close.
const maxTries = 2

var errReset = errors.New("connection closed or request reset by the server")

// Do sends the request. What has a body is sent once, as net/http has no way to get the body again. That
// does not stop it from replaying the others, so their context is canceled.
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

// releasedBody releases what belongs to the request when the response has been read.
type releasedBody struct {
	io.ReadCloser
	release func()
}

// Close closes the body.
func (b *releasedBody) Close() error {
	defer b.release()
	return b.ReadCloser.Close()
}
