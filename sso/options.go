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

// Options configures a [Client], and may be changed for one call by the functions its methods take.
// The zero value of each field is its default; only Region, or else BaseEndpoint, must be set.
type Options struct {
	// APIOptions change the middleware of each call, after everything else has been added to it.
	APIOptions []func(*middleware.Stack) error

	// AppID names the application in the user agent.
	AppID string

	// BaseEndpoint is the URL to send requests to, with http or https and perhaps a path. Nil or
	// empty: the regional endpoint of AWS. It excludes FIPS and dual-stack.
	BaseEndpoint *string

	// ClientLogMode says what goes to Logger. Secrets are left out of requests and responses.
	ClientLogMode aws.ClientLogMode

	// Credentials sign requests, of which this service has none: they are not asked for. May be nil.
	Credentials aws.CredentialsProvider

	// DisableClockSkewCorrection keeps the clock of the service out of signatures.
	DisableClockSkewCorrection bool

	// EndpointOptions chooses FIPS or dual-stack endpoints.
	EndpointOptions EndpointOptions

	// HTTPClient sends the requests. Nil: the SDK's default client. Of an *http.Client and of the
	// SDK's BuildableClient a copy is used, which follows no redirects and does not replay what an
	// HTTP/2 server resets; any other client must see to that itself. The copy of an *http.Client,
	// such as BuildableClient.Freeze returns, shares its connections; that of a BuildableClient has
	// its own, for each Client made with it, and for each call it is an option of.
	HTTPClient aws.HTTPClient

	// Interceptors run at the SDK's defined points of a call.
	Interceptors smithyhttp.InterceptorRegistry

	// Logger takes what ClientLogMode selects. Nil: nothing is logged.
	Logger logging.Logger

	// MeterProvider takes the metrics of attempts and connections. Nil: none are made.
	MeterProvider metrics.MeterProvider

	// Now is the clock for signatures. Nil: time.Now.
	Now func() time.Time

	// Region is the AWS region of the Identity Center instance (sso_region), which need not be
	// that of anything else.
	Region string

	// RetryMaxAttempts limits the attempts of a call, the first one included. 0: what Retryer
	// says, 3 by default.
	RetryMaxAttempts int

	// RetryMode chooses the retryer when Retryer is nil. Empty: standard. It has no effect in
	// functional options, which come after that choice.
	RetryMode aws.RetryMode

	// Retryer decides what is tried again, and when. Nil: the SDK's retryer of RetryMode, one for
	// the client.
	Retryer aws.Retryer

	// TracerProvider takes the spans of calls. Nil: none are made.
	TracerProvider tracing.TracerProvider
}

// Format prints a few of the options, whatever the verb, and no secret that one of them holds.
func (o Options) Format(w fmt.State, verb rune) { awsrest.Options(o).Format(w, verb) }

// WithAPIOptions returns a functional option that adds to APIOptions.
func WithAPIOptions(apiOptions ...func(*middleware.Stack) error) func(*Options) {
	return func(o *Options) { o.APIOptions = append(o.APIOptions, apiOptions...) }
}

// EndpointOptions chooses among the endpoints AWS offers in a region: UseFIPSEndpoint and
// UseDualStackEndpoint, both off by default.
type EndpointOptions = awsrest.EndpointOptions
