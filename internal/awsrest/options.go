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

// Options configures a client. The clients each declare a struct with these very fields, so that
// the two convert into each other; what the fields mean is written there.
type Options struct {
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

// EndpointOptions chooses among the endpoints AWS offers in a region. The zero value is the plain
// regional endpoint.
type EndpointOptions struct {
	// UseFIPSEndpoint asks for the endpoint with FIPS 140 validated cryptography.
	UseFIPSEndpoint aws.FIPSEndpointState

	// UseDualStackEndpoint asks for the endpoint that answers over IPv6 too.
	UseDualStackEndpoint aws.DualStackEndpointState
}

// Format prints what no secret is in, whatever the verb: the credentials, an HTTP client or a logger may
// hold any.
func (o Options) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Region:%q AppID:%q RetryMode:%q RetryMaxAttempts:%d}", o.Region, o.AppID, o.RetryMode, o.RetryMaxAttempts)
}

// Copy returns options whose lists can be appended to without changing those of o.
func (o Options) Copy() Options {
	o.APIOptions = slices.Clone(o.APIOptions)
	o.Interceptors = o.Interceptors.Copy()
	return o
}

// WithDefaults returns a copy of o with every default in place, which functional options may then
// wrap or replace.
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

// Final returns o as it is used, after functional options have run. maxAttempts is what the Retryer
// is limited to already, 0 if it is not.
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
