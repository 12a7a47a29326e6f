package awsrest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/internal/buildinfo"
)

// newStack returns the middleware stack of a call. It uses the same steps and names as the SDK's clients, so that
// middleware can be inserted relative to them.
func (c *caller) newStack(op operation, o Options, singleUse bool) (*middleware.Stack, error) {
	s := middleware.NewStack(op.spec().Name, smithyhttp.NewStackRequest)
	serialize := &serializeRequest{service: c.service, op: op}
	err := errors.Join(
		s.Initialize.Add(&validateInput{op}, middleware.After),
		s.Serialize.Add(landmark("setOperationInput"), middleware.After),
		s.Serialize.Add(landmark("ResolveEndpoint"), middleware.After),
		s.Serialize.Add(serialize, middleware.After),

		s.Build.Add(&awsmiddleware.ClientRequestID{}, middleware.After),
		s.Build.Add(c.userAgent(o), middleware.After),
		s.Build.Add(&awsmiddleware.RecursionDetection{}, middleware.After),

		c.addFinalize(s, op.spec(), o, singleUse),

		s.Deserialize.Add(&awsmiddleware.AddRawResponse{}, middleware.After),
		s.Deserialize.Add(&awshttp.ResponseErrorWrapper{}, middleware.After),
		s.Deserialize.Add(&awsmiddleware.RequestIDRetriever{}, middleware.After),
		s.Deserialize.Add(&deserializeResponse{c.service, op, &serialize.sent}, middleware.After),
		s.Deserialize.Add(&awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: o.DisableClockSkewCorrection}, middleware.After),
		s.Deserialize.Add(&logMessages{o.ClientLogMode, &serialize.sent}, middleware.After),

		addInterceptors(s, &o.Interceptors),
	)
	if err != nil {
		return nil, fmt.Errorf("build middleware: %w", err)
	}
	for _, option := range o.APIOptions {
		if err := option(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (c *caller) addFinalize(s *middleware.Stack, spec *Spec, o Options, once bool) error {
	var retryer aws.Retryer = patient{o.Retryer}
	if once {
		trace := &connTrace{}
		retryer = &singleUse{patient: patient{o.Retryer}, conn: trace}
		if err := s.Deserialize.Add(trace, middleware.Before); err != nil {
			return err
		}
	}
	signing := &signRequest{client: c, signed: spec.Signed, options: o}
	if !o.DisableClockSkewCorrection {
		signing.skew = time.Duration(c.skew.Load())
	}
	attempt := retry.NewAttemptMiddleware(retryer, smithyhttp.RequestCloner, func(m *retry.Attempt) {
		m.LogAttempts = o.ClientLogMode.IsRetries()
		m.OperationMeter = o.MeterProvider.Meter(c.service.Scope)
		m.ClientSkew = &c.skew
		// For an unsigned request, error codes such as "access denied" do not indicate clock skew.
		m.DisableClockSkewCorrection = o.DisableClockSkewCorrection || !spec.Signed
	})
	i := &o.Interceptors
	err := errors.Join(
		s.Finalize.Add(&smithyhttp.InterceptBeforeRetryLoop{Interceptors: i.BeforeRetryLoop}, middleware.After),
		s.Finalize.Add(attempt, middleware.After),
		s.Finalize.Add(&smithyhttp.InterceptAttempt{BeforeAttempt: i.BeforeAttempt, AfterAttempt: i.AfterAttempt}, middleware.After),
		s.Finalize.Add(&resolveAuthScheme{spec.Signed, o}, middleware.After),
		s.Finalize.Add(&getIdentity{spec.Signed, o.Credentials}, middleware.After),
		s.Finalize.Add(&resolveEndpointMiddleware{c.service.EndpointPrefix, o}, middleware.After),
		s.Finalize.Add(landmark("disableHTTPS"), middleware.After),
	)
	if spec.Signed {
		err = errors.Join(err, s.Finalize.Add(&v4.ComputePayloadSHA256{}, middleware.After))
	}
	return errors.Join(err,
		s.Finalize.Add(landmark("setLegacyContextSigningOptions"), middleware.After),
		s.Finalize.Add(signing, middleware.After),
	)
}

// landmark is a middleware that does nothing. It has the name and position of one in the SDK's clients, so that middleware
// can be inserted relative to it.
type landmark string

func (l landmark) ID() string { return string(l) }

func (landmark) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error,
) {
	return next.HandleSerialize(ctx, in)
}

func (landmark) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	return next.HandleFinalize(ctx, in)
}

// userAgent returns the SDK's User-Agent extended with this module and the client.
func (c *caller) userAgent(o Options) *awsmiddleware.RequestUserAgent {
	ua := awsmiddleware.NewRequestUserAgent()
	version := strings.TrimPrefix(buildinfo.Version(), "v") // as in the version of the SDK
	ua.AddSDKAgentKeyValue(awsmiddleware.APIMetadata, c.service.AgentName, version)
	ua.AddSDKAgentKeyValue(awsmiddleware.AdditionalMetadata, "latchkey", version)
	if o.AppID != "" {
		ua.AddSDKAgentKey(awsmiddleware.ApplicationIdentifier, o.AppID)
	}
	switch o.Retryer.(type) {
	case *retry.Standard:
		ua.AddUserAgentFeature(awsmiddleware.UserAgentFeatureRetryModeStandard)
	case *retry.AdaptiveMode:
		ua.AddUserAgentFeature(awsmiddleware.UserAgentFeatureRetryModeAdaptive)
	}
	if provider, ok := o.Credentials.(aws.CredentialProviderSource); ok {
		for _, source := range provider.ProviderSources() {
			ua.AddCredentialsSource(source)
		}
	}
	return ua
}

// AddPaginatorUserAgent is an API option that marks the requests of a paginator.
func AddPaginatorUserAgent(s *middleware.Stack) error {
	if m, ok := s.Build.Get((*awsmiddleware.RequestUserAgent)(nil).ID()); ok {
		if ua, ok := m.(*awsmiddleware.RequestUserAgent); ok {
			ua.AddUserAgentFeature(awsmiddleware.UserAgentFeaturePaginator)
		}
	}
	return nil
}

// addInterceptors adds the middleware for interceptors, if there are any. addFinalize adds those around the retry loop.
func addInterceptors(s *middleware.Stack, r *smithyhttp.InterceptorRegistry) error {
	count := len(r.BeforeExecution) + len(r.BeforeSerialization) + len(r.AfterSerialization) + len(r.BeforeRetryLoop) +
		len(r.BeforeAttempt) + len(r.BeforeSigning) + len(r.AfterSigning) + len(r.BeforeTransmit) + len(r.AfterTransmit) +
		len(r.BeforeDeserialization) + len(r.AfterDeserialization) + len(r.AfterAttempt) + len(r.AfterExecution)
	if count == 0 {
		return nil
	}
	const before, after = middleware.Before, middleware.After
	return errors.Join(
		s.Initialize.Add(&smithyhttp.InterceptExecution{BeforeExecution: r.BeforeExecution, AfterExecution: r.AfterExecution}, before),
		s.Serialize.Insert(&smithyhttp.InterceptBeforeSerialization{Interceptors: r.BeforeSerialization}, "OperationSerializer", before),
		s.Serialize.Insert(&smithyhttp.InterceptAfterSerialization{Interceptors: r.AfterSerialization}, "OperationSerializer", after),
		s.Finalize.Insert(&smithyhttp.InterceptBeforeSigning{Interceptors: r.BeforeSigning}, "Signing", before),
		s.Finalize.Insert(&smithyhttp.InterceptAfterSigning{Interceptors: r.AfterSigning}, "Signing", after),
		s.Deserialize.Add(&smithyhttp.InterceptTransmit{BeforeTransmit: r.BeforeTransmit, AfterTransmit: r.AfterTransmit}, after),
		// Responses pass through this step in reverse order.
		s.Deserialize.Insert(&smithyhttp.InterceptBeforeDeserialization{Interceptors: r.BeforeDeserialization}, "OperationDeserializer", after),
		s.Deserialize.Insert(&smithyhttp.InterceptAfterDeserialization{Interceptors: r.AfterDeserialization}, "OperationDeserializer", before),
	)
}
