package awsrest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Options configures a client. Each client package declares and documents a struct with the same fields, so that the two
// types are convertible.
type Options fields

// AnyOptions is [Options] or the Options type of a client package.
type AnyOptions interface{ ~fields }

type fields = struct {
	APIOptions                 []func(*middleware.Stack) error
	AppID                      string
	BaseEndpoint               *string
	ClientLogMode              aws.ClientLogMode
	Credentials                aws.CredentialsProvider
	DisableClockSkewCorrection bool
	EndpointOptions            EndpointOptions
	HTTPClient                 aws.HTTPClient
	Interceptors               smithyhttp.InterceptorRegistry
	Logger                     logging.Logger
	MeterProvider              metrics.MeterProvider
	Now                        func() time.Time
	Region                     string
	RetryMaxAttempts           int
	RetryMode                  aws.RetryMode
	Retryer                    aws.Retryer
	TracerProvider             tracing.TracerProvider
}

// EndpointOptions selects an endpoint of the region. The zero value is the regional endpoint.
type EndpointOptions struct {
	// UseFIPSEndpoint selects the endpoint with FIPS 140 validated cryptography.
	UseFIPSEndpoint aws.FIPSEndpointState

	// UseDualStackEndpoint selects the endpoint that supports both IPv4 and IPv6.
	UseDualStackEndpoint aws.DualStackEndpointState
}

// Format prints some of the options, for every verb: credentials, HTTP clients and loggers may hold secrets.
func (o Options) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Region:%q AppID:%q RetryMode:%q RetryMaxAttempts:%d}", o.Region, o.AppID, o.RetryMode, o.RetryMaxAttempts)
}

// Copy returns a copy of o that does not share slices with it.
func (o Options) Copy() Options {
	o.APIOptions = slices.Clone(o.APIOptions)
	o.Interceptors = o.Interceptors.Copy()
	return o
}

// WithDefaults returns a copy of o with all defaults set, for functional options to wrap or replace.
func (o Options) WithDefaults() Options {
	o = o.Copy()
	o.setDefaults()
	return o
}

func (o *Options) setDefaults() {
	if o.Logger == nil {
		o.Logger = logging.Nop{}
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	if o.HTTPClient == nil {
		o.HTTPClient = awshttp.NewBuildableClient()
	}
	if o.TracerProvider == nil {
		o.TracerProvider = &tracing.NopTracerProvider{}
	}
	if o.MeterProvider == nil {
		o.MeterProvider = metrics.NopMeterProvider{}
	}
	if o.Retryer == nil {
		o.RetryMode = cmp.Or(o.RetryMode, aws.RetryModeStandard)
		o.Retryer = newRetryer(o.RetryMode, o.RetryMaxAttempts)
	}
}

// Final returns o ready for use, after functional options have run. maxAttempts is the limit that the Retryer already
// applies, or 0.
func (o Options) Final(maxAttempts int) Options {
	o.setDefaults()
	if o.RetryMaxAttempts != 0 && o.RetryMaxAttempts != maxAttempts {
		o.Retryer = retry.AddWithMaxAttempts(o.Retryer, o.RetryMaxAttempts)
	}
	if aws.IsCredentialsProvider(o.Credentials, (*aws.AnonymousCredentials)(nil)) {
		o.Credentials = nil
	}
	o.HTTPClient = sendOnce(o.HTTPClient)
	return o
}
