package awsrest

import (
	"context"
	"time"

	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// part is a part of a call, traced and measured as in the SDK's clients.
type part struct {
	span tracing.Span
	stop func()
}

// startPart starts the span and the duration with that name.
func startPart(ctx context.Context, span, duration string) part {
	_, s := tracing.StartSpan(ctx, span)
	return part{s, startTimer(ctx, duration)}
}

// end ends the part. It may be called more than once.
func (p part) end() {
	p.span.End()
	p.stop()
}

type meterKey struct{}

// callMeter measures the parts of a call.
type callMeter struct {
	metrics.Meter
	now func() time.Time
}

// withMeter measures the parts of the call, if there is a MeterProvider. Calls that it makes, such as for credentials,
// are not parts of it.
func withMeter(ctx context.Context, scope string, o Options) context.Context {
	if _, ok := o.MeterProvider.(metrics.NopMeterProvider); ok {
		return ctx
	}
	return middleware.WithStackValue(ctx, meterKey{}, callMeter{o.MeterProvider.Meter(scope), o.Now})
}

// startTimer returns a function that records the seconds until its first call.
func startTimer(ctx context.Context, name string) (stop func()) {
	nothing := func() {}
	meter, ok := middleware.GetStackValue(ctx, meterKey{}).(callMeter)
	if !ok {
		return nothing
	}
	histogram, err := meter.Float64Histogram(name, func(o *metrics.InstrumentOptions) { o.UnitLabel = "s" })
	if err != nil { // metrics must not fail the call
		return nothing
	}
	start, recorded := meter.now(), false
	return func() {
		if recorded {
			return
		}
		recorded = true
		histogram.Record(ctx, meter.now().Sub(start).Seconds(), func(o *metrics.RecordMetricOptions) {
			o.Properties.Set("rpc.service", middleware.GetServiceID(ctx))
			o.Properties.Set("rpc.method", middleware.GetOperationName(ctx))
		})
	}
}
