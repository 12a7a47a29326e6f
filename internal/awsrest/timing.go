package awsrest

import (
	"context"
	"time"

	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// part is a part of a call, traced and timed as the SDK's clients do.
type part struct {
	span tracing.Span
	stop func()
}

// startPart starts the span and, for the caller's meter, the duration of that name.
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

// callMeter is what the parts of a call are timed with.
type callMeter struct {
	metrics.Meter
	now func() time.Time
}

// withMeter has the parts of the call timed, unless nobody wants to know. Calls that
// this one makes, for credentials say, are not parts of it.
func withMeter(ctx context.Context, scope string, o Options) context.Context {
	if _, ok := o.MeterProvider.(metrics.NopMeterProvider); ok {
		return ctx
	}
	return middleware.WithStackValue(ctx, meterKey{}, callMeter{o.MeterProvider.Meter(scope), o.Now})
}

// startTimer returns the function that records, once, the seconds until it is called.
func startTimer(ctx context.Context, name string) (stop func()) {
	nothing := func() {}
	meter, ok := middleware.GetStackValue(ctx, meterKey{}).(callMeter)
	if !ok {
		return nothing
	}
	histogram, err := meter.Float64Histogram(name, func(o *metrics.InstrumentOptions) { o.UnitLabel = "s" })
	if err != nil { // not worth a failed call
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
