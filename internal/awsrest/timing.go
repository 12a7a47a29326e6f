package awsrest

import (
	"context"
	"time"

	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// part is a phase of a call, traced and measured as in the SDK's clients.
type part struct {
	span tracing.Span
	stop func()
}

// startPart starts a span and a duration metric.
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

// callMeter records the durations of the parts of a call.
type callMeter struct {
	metrics.Meter
	now func() time.Time
}

// withMeter enables metrics for the call if there is a MeterProvider. They do not include nested calls, such as for
// credentials.
func withMeter(ctx context.Context, scope string, o Options) context.Context {
	if _, ok := o.MeterProvider.(metrics.NopMeterProvider); ok {
		return ctx
	}
	return middleware.WithStackValue(ctx, meterKey{}, callMeter{o.MeterProvider.Meter(scope), o.Now})
}

// startTimer returns a function that records the elapsed time in seconds when it is first called.
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
