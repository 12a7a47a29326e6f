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

// Options configures a client. Each client declares a struct with the same fields, and documents them there, so that
// one converts to the other.
type Options fields

// AnyOptions is [Options], or the Options type of a client.
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

	// UseDualStackEndpoint selects the endpoint that is reachable over IPv6 too.
	UseDualStackEndpoint aws.DualStackEndpointState
}

// Format prints a few of the options for any verb. Credentials, an HTTP client or a logger may have secrets.
func (o Options) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Region:%q AppID:%q RetryMode:%q RetryMaxAttempts:%d}", o.Region, o.AppID, o.RetryMode, o.RetryMaxAttempts)
}

// Copy returns options whose slices can be appended to without changing those of o.
func (o Options) Copy() Options {
	o.APIOptions = slices.Clone(o.APIOptions)
	o.Interceptors = o.Interceptors.Copy()
	return o
}

// WithDefaults returns a copy of o with all defaults set, which functional options may wrap or replace.
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

// Final returns o for use, after functional options have run. maxAttempts is the limit that the Retryer already has, or
// 0.
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
