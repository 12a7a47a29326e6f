package awsrest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// newRetryer returns the SDK's retryer for mode; the default is standard. A maxAttempts of 0 means the default of 3.
func newRetryer(mode aws.RetryMode, maxAttempts int) aws.Retryer {
	standard := func(o *retry.StandardOptions) {
		if maxAttempts != 0 {
			o.MaxAttempts = maxAttempts
		}
	}
	if mode == aws.RetryModeAdaptive {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})
	}
	return retry.NewStandard(standard)
}

// singleUse is the retryer for calls with a refresh token or an authorization code, which the service accepts only once.
// If the response is lost, resending the request would fail, or revoke the session as a replay (RFC 9700 section 4.14).
// So singleUse retries only if the request cannot have reached the service, or after a 5xx response.
type singleUse struct {
	patient
	conn *connTrace
}

// IsErrorRetryable reports whether the request may be retried.
func (r *singleUse) IsErrorRetryable(err error) bool {
	return r.patient.IsErrorRetryable(err) && (isServerError(err) || r.conn.neverConnected(err))
}

func isServerError(err error) bool {
	var answered interface{ HTTPStatusCode() int }
	return errors.As(err, &answered) && answered.HTTPStatusCode() >= http.StatusInternalServerError
}

// connTrace is a middleware that records whether an attempt got a connection.
type connTrace struct{ state atomic.Int32 }

const (
	connUnknown int32 = iota // the HTTP client does not support httptrace
	connAsked                // waiting for a connection
	connGot                  // connected
)

func (*connTrace) ID() string { return "TraceConnection" }

func (t *connTrace) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	t.state.Store(connUnknown)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.state.CompareAndSwap(connUnknown, connAsked) },
		GotConn: func(httptrace.GotConnInfo) { t.state.Store(connGot) },
	})
	return next.HandleDeserialize(ctx, in)
}

// neverConnected reports whether the last attempt, which failed with err, certainly sent nothing. Without httptrace, only
// a dial error is certain.
func (t *connTrace) neverConnected(err error) bool {
	switch t.state.Load() {
	case connAsked:
		return true
	case connUnknown:
		var op *net.OpError
		return errors.As(err, &op) && op.Op == "dial"
	default:
		return false
	}
}
