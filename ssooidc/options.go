package ssooidc

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

// Options configures a [Client], or one call if passed to a method. Region or BaseEndpoint is required; the zero value
// of every other field is its default.
type Options struct {
	// APIOptions modify the middleware stack of each call.
	APIOptions []func(*middleware.Stack) error

	// AppID is the application ID in the User-Agent.
	AppID string

	// BaseEndpoint is the http or https URL of the service, with an optional path. Nil or empty means the
	// regional AWS endpoint. It cannot be combined with FIPS or dual-stack.
	BaseEndpoint *string

	// ClientLogMode selects what to log. Logs of requests and responses contain no secrets.
	ClientLogMode aws.ClientLogMode

	// Credentials sign the requests of CreateTokenWithIAM, which fails without. The other operations do not
	// use them. May be nil.
	Credentials aws.CredentialsProvider

	// DisableClockSkewCorrection signs with the local time, even if the service's clock differs.
	DisableClockSkewCorrection bool

	// EndpointOptions selects FIPS or dual-stack endpoints.
	EndpointOptions EndpointOptions

	// HTTPClient sends the requests. Nil means the SDK's default client. The Client uses a copy of an
	// *http.Client or *awshttp.BuildableClient that does not follow redirects or resend a request that an
	// HTTP/2 server resets. Any other type must behave like that itself. The copy of an *http.Client shares
	// its connections. A BuildableClient is copied with new connections for each Client, and for each call it
	// is passed to; to share connections, pass the result of its Freeze method.
	HTTPClient aws.HTTPClient

	// Interceptors run at the hooks that the SDK defines.
	Interceptors smithyhttp.InterceptorRegistry

	// Logger receives the logs that ClientLogMode selects. Nil means no logs.
	Logger logging.Logger

	// MeterProvider receives metrics about attempts and connections. Nil means no metrics.
	MeterProvider metrics.MeterProvider

	// Now is the clock for signatures. Nil means time.Now.
	Now func() time.Time

	// Region is the region of the Identity Center instance (sso_region).
	Region string

	// RetryMaxAttempts is the maximum number of attempts, including the first. 0 means the limit of Retryer,
	// which is 3 by default.
	RetryMaxAttempts int

	// RetryMode selects the retryer if Retryer is nil. Empty means standard. Setting it in a functional option
	// has no effect.
	RetryMode aws.RetryMode

	// Retryer decides whether and when to retry. Nil means the SDK's retryer for RetryMode, shared by all calls.
	Retryer aws.Retryer

	// TracerProvider receives the spans of calls. Nil means no tracing.
	TracerProvider tracing.TracerProvider
}

// Format prints some of the options and no secrets, for every verb.
func (o Options) Format(w fmt.State, verb rune) { awsrest.Options(o).Format(w, verb) }

// WithAPIOptions returns a functional option that appends to APIOptions.
func WithAPIOptions(apiOptions ...func(*middleware.Stack) error) func(*Options) {
	return func(o *Options) { o.APIOptions = append(o.APIOptions, apiOptions...) }
}

// EndpointOptions selects the regional endpoint with UseFIPSEndpoint and UseDualStackEndpoint, both off by default.
type EndpointOptions = awsrest.EndpointOptions
