// Package awsrest implements the restJson1 and AWS Query protocols for the sso, ssooidc and sts clients. It runs on the
// smithy-go middleware stack and covers endpoint rules, retries, signing, User-Agent and logging.
//
// A client declares its operations as [Operation] values and calls [Invoke].
package awsrest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Service describes an AWS service.
type Service struct {
	ID             string   // as in the model: "SSO OIDC"
	EndpointPrefix string   // first part of its host names: "oidc"
	SigningName    string   // of SigV4 credential scopes: "sso-oauth"; empty if no operation is signed
	AgentName      string   // in user agents: "ssooidc"
	Scope          string   // of traces and metrics: the import path of the client
	Protocol       Protocol // nil means restJson1

	// Error returns the error modeled under code, or nil. code is empty if the response has none.
	Error func(code string, body ErrorBody) smithy.APIError
}

// Client calls the operations of a service. O is its Options type. It is safe for concurrent use.
type Client[O AnyOptions] struct {
	options O
	caller  *caller
}

// New returns a client with options, after setting their defaults and applying optFns.
func New[O AnyOptions](service *Service, options O, optFns []func(*O)) *Client[O] {
	options = O(Options(options).WithDefaults())
	for _, fn := range optFns {
		fn(&options)
	}
	final := Options(options).Final(0)
	return &Client[O]{options: O(final), caller: newCaller(service, final)}
}

// NewFromConfig is [New] with the options in cfg. It applies the ServiceOptions of cfg before optFns.
func NewFromConfig[O AnyOptions](service *Service, cfg aws.Config, optFns []func(*O)) *Client[O] {
	serviceOptions := func(o *O) {
		for _, fn := range cfg.ServiceOptions {
			fn(service.ID, o)
		}
	}
	return New(service, O(OptionsFromConfig(cfg, service.ID)), append([]func(*O){serviceOptions}, optFns...))
}

// Options returns a copy of the client's options.
func (c *Client[O]) Options() O { return O(Options(c.options).Copy()) }

// Invoke calls the operation. A nil in means an empty input. The error is a [smithy.OperationError], which wraps an
// [awshttp.ResponseError] if there was a response.
func Invoke[O AnyOptions, In, Out any](ctx context.Context, c *Client[O], op *Operation[In, Out], in *In, optFns []func(*O)) (*Out, error) {
	options := c.Options()
	for _, fn := range optFns {
		fn(&options)
	}
	return invoke(ctx, c.caller, op, in, Options(options))
}

// caller is the part of a Client that does not depend on O.
type caller struct {
	service     *Service
	signer      *v4.Signer   // nil if no operation is signed
	maxAttempts int          // the limit that the client's Retryer already has
	skew        atomic.Int64 // how far the server's clock is ahead, in nanoseconds
}

// newCaller returns a caller for the service. The options are from [Options.Final].
func newCaller(service *Service, final Options) *caller {
	c := &caller{service: service, maxAttempts: final.RetryMaxAttempts}
	if service.SigningName != "" {
		c.signer = v4.NewSigner()
	}
	return c
}

func invoke[In, Out any](ctx context.Context, c *caller, op *Operation[In, Out], in *In, o Options) (*Out, error) {
	if in == nil {
		in = new(In)
	}
	result, metadata, err := c.invoke(ctx, op, in, op.SingleUse != nil && op.SingleUse(in), o)
	if err != nil {
		return nil, &smithy.OperationError{ServiceID: c.service.ID, OperationName: op.Name, Err: err}
	}
	out, ok := result.(*Out)
	if !ok || out == nil {
		err = fmt.Errorf("middleware returned %T, not %T", result, out)
		return nil, &smithy.OperationError{ServiceID: c.service.ID, OperationName: op.Name, Err: err}
	}
	*op.Metadata(out) = metadata
	return out, nil
}

func (c *caller) invoke(ctx context.Context, op operation, in any, singleUse bool, o Options) (any, middleware.Metadata, error) {
	o = o.Final(c.maxAttempts)
	if singleUse {
		o.HTTPClient = onNewConnections(o.HTTPClient)
	}
	stack, err := c.newStack(op, o, singleUse)
	if err != nil {
		return nil, middleware.Metadata{}, err
	}
	name := op.spec().Name
	ctx = c.callContext(ctx, name, o)
	ctx, span := c.startSpan(ctx, name, o.TracerProvider)
	defer span.End()
	defer startTimer(ctx, "client.call.duration")()

	handler := smithyhttp.NewClientHandlerWithOptions(o.HTTPClient, func(h *smithyhttp.ClientHandler) {
		h.Meter = o.MeterProvider.Meter(c.service.Scope)
	})
	result, metadata, err := middleware.DecorateHandler(handler, stack).Handle(ctx, in)
	closeSpan(span, err)
	return result, metadata, err
}

// callContext returns a context with the values that middleware expects.
func (c *caller) callContext(ctx context.Context, operation string, o Options) context.Context {
	ctx = middleware.ClearStackValues(ctx)
	ctx = middleware.WithServiceID(ctx, c.service.ID)
	ctx = middleware.WithOperationName(ctx, operation)
	ctx = awsmiddleware.SetServiceID(ctx, c.service.ID)
	ctx = awsmiddleware.SetOperationName(ctx, operation)
	if o.Region != "" {
		ctx = awsmiddleware.SetRegion(ctx, o.Region)
	}
	ctx = withMeter(ctx, c.service.Scope, o)
	return middleware.SetLogger(ctx, o.Logger)
}

func (c *caller) startSpan(ctx context.Context, operation string, p tracing.TracerProvider) (context.Context, tracing.Span) {
	tracer := p.Tracer(c.service.Scope)
	ctx = tracing.WithOperationTracer(ctx, tracer)
	return tracer.StartSpan(ctx, c.service.ID+"."+operation, func(o *tracing.SpanOptions) {
		o.Kind = tracing.SpanKindClient
		o.Properties.Set("rpc.system", "aws-api")
		o.Properties.Set("rpc.method", operation)
		o.Properties.Set("rpc.service", c.service.ID)
	})
}

func closeSpan(span tracing.Span, err error) {
	span.SetProperty("error", err != nil)
	if err == nil {
		span.SetStatus(tracing.SpanStatusOK)
		return
	}
	span.SetStatus(tracing.SpanStatusError)
	span.SetProperty("exception.type", fmt.Sprintf("%T", err))
	span.SetProperty("exception.message", err.Error())
	var api smithy.APIError
	if errors.As(err, &api) {
		span.SetProperty("api.error_code", api.ErrorCode())
		span.SetProperty("api.error_message", api.ErrorMessage())
		span.SetProperty("api.error_fault", api.ErrorFault().String())
	}
}
