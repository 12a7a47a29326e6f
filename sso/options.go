package sso

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// Options configures a [Client]. The functions that its methods take change the options of one call. The zero
// value of each field is its default; only Region or BaseEndpoint must be set.
type Options struct {
	// APIOptions change the middleware stack of each call, after the client has built it.
	APIOptions []func(*middleware.Stack) error

	// AppID is the application id in the User-Agent.
	AppID string

	// BaseEndpoint is the http or https URL to send requests to. It may have a path. Nil or empty: the
	// regional endpoint of AWS. It excludes FIPS and dual-stack.
	BaseEndpoint *string

	// ClientLogMode selects what is logged. Requests and responses are logged without secrets.
	ClientLogMode aws.ClientLogMode

	// Credentials are not used: no operation of this service is signed. May be nil.
	Credentials aws.CredentialsProvider

	// DisableClockSkewCorrection signs with the local time even if the service's clock differs.
	DisableClockSkewCorrection bool

	// EndpointOptions chooses FIPS or dual-stack endpoints.
	EndpointOptions EndpointOptions

	// HTTPClient sends the requests. Nil: the SDK's default client. An *http.Client or the SDK's
	// BuildableClient is copied; the copy follows no redirects and does not resend a request that an HTTP/2
	// server resets. Any other client must do so itself. The copy of an *http.Client shares its connections.
	// The copy of a BuildableClient has its own, for each Client and for each call that it is an option of;
	// pass the result of its Freeze method to share them.
	HTTPClient aws.HTTPClient

	// Interceptors run at the points of a call that the SDK defines.
	Interceptors smithyhttp.InterceptorRegistry

	// Logger receives what ClientLogMode selects. Nil: no log.
	Logger logging.Logger

	// MeterProvider receives the metrics of attempts and connections. Nil: no metrics.
	MeterProvider metrics.MeterProvider

	// Now is the clock for signatures. Nil: time.Now.
	Now func() time.Time

	// Region is the AWS region of the Identity Center instance (sso_region). Other services may be in
	// another region.
	Region string

	// RetryMaxAttempts limits the attempts of a call, including the first. 0: the limit of Retryer, which is
	// 3 by default.
	RetryMaxAttempts int

	// RetryMode selects the retryer if Retryer is nil. Empty: standard. Functional options come too late to
	// set it.
	RetryMode aws.RetryMode

	// Retryer decides which requests to send again, and when. Nil: the SDK's retryer for RetryMode, one for
	// the client.
	Retryer aws.Retryer

	// TracerProvider receives the spans of calls. Nil: no spans.
	TracerProvider tracing.TracerProvider
}

// Format prints a few of the options and no secret, for any verb.
func (o Options) Format(w fmt.State, verb rune) { awsrest.Options(o).Format(w, verb) }

// WithAPIOptions returns a functional option that adds to APIOptions.
func WithAPIOptions(apiOptions ...func(*middleware.Stack) error) func(*Options) {
	return func(o *Options) { o.APIOptions = append(o.APIOptions, apiOptions...) }
}

// EndpointOptions selects an endpoint of the region: UseFIPSEndpoint and UseDualStackEndpoint, both off by
// default.
type EndpointOptions = awsrest.EndpointOptions
