package awsrest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	officialoidc "github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// recorder is a tracer and meter provider that remembers names.
type recorder struct {
	tracing.NopTracerProvider
	names map[string]bool
}

func (r *recorder) Tracer(scope string, _ ...tracing.TracerOption) tracing.Tracer {
	r.names["tracer "+scope] = true
	return r
}

func (r *recorder) StartSpan(ctx context.Context, name string, _ ...tracing.SpanOption) (context.Context, tracing.Span) {
	r.names["span "+name] = true
	return r.NopTracerProvider.Tracer("").StartSpan(ctx, name)
}

func (r *recorder) Meter(scope string, _ ...metrics.MeterOption) metrics.Meter {
	r.names["meter "+scope] = true
	return recordingMeter{metrics.NopMeterProvider{}.Meter(scope), r}
}

type recordingMeter struct {
	metrics.Meter
	recorder *recorder
}

func (m recordingMeter) Int64Counter(name string, optFns ...metrics.InstrumentOption) (metrics.Int64Counter, error) {
	m.recorder.names["counter "+name] = true
	return m.Meter.Int64Counter(name, optFns...)
}

func (m recordingMeter) Float64Histogram(name string, optFns ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	m.recorder.names["histogram "+name] = true
	return m.Meter.Float64Histogram(name, optFns...)
}

func TestTelemetry(t *testing.T) {
	r := &recorder{names: map[string]bool{}}
	client := sso.New(sso.Options{Region: "us-east-1", HTTPClient: &script{status: 401}, TracerProvider: r, MeterProvider: r})
	_, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")})
	if err == nil {
		t.Fatal("no error")
	}
	const scope = "github.com/latchkey-sso/latchkey/sso"
	for _, want := range []string{
		"tracer " + scope, "meter " + scope, "span SSO.ListAccounts", "span Attempt", "span DoHTTPRequest", "span ResolveEndpoint",
		"counter client.call.attempts", "histogram client.call.attempt_duration", "histogram client.http.time_to_first_byte",
	} {
		if !r.names[want] {
			t.Errorf("no %s in %v", want, r.names)
		}
	}
}

// stopwatch is a meter provider that keeps what durations of calls are recorded.
type stopwatch struct {
	metrics.NopMeterProvider // for the counters
	recorded                 []string
}

func (s *stopwatch) Meter(scope string, _ ...metrics.MeterOption) metrics.Meter {
	return stopwatchMeter{s.NopMeterProvider.Meter(scope), s}
}

type stopwatchMeter struct {
	metrics.Meter
	stopwatch *stopwatch
}

func (m stopwatchMeter) Float64Histogram(name string, _ ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	return stopwatchHistogram{m.stopwatch, name}, nil
}

type stopwatchHistogram struct {
	stopwatch *stopwatch
	name      string
}

func (h stopwatchHistogram) Record(_ context.Context, seconds float64, optFns ...metrics.RecordMetricOption) {
	var o metrics.RecordMetricOptions
	for _, fn := range optFns {
		fn(&o)
	}
	if strings.HasPrefix(h.name, "client.call.") && seconds >= 0 && seconds < 60 {
		h.stopwatch.recorded = append(h.stopwatch.recorded, fmt.Sprintf("%v of %v.%v", h.name, o.Properties.Get("rpc.service"), o.Properties.Get("rpc.method")))
	}
}

// TestDurations holds that a call and its parts are timed as those of the SDK's client, in the same
// order, and that a call made for its credentials is not taken for a part of it.
func TestDurations(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(200, "{}"))
	other := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL})
	credentials := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		_, err := resttest.Call(ctx, t, other, "StartDeviceAuthorization", resttest.FillSnapshot)
		return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "key"}, err
	})
	ours, theirs := &stopwatch{}, &stopwatch{}
	if _, err := resttest.Call(t.Context(), t, ssooidc.New(ssooidc.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials, MeterProvider: ours,
	}), "CreateTokenWithIAM", resttest.FillSnapshot); err != nil {
		t.Fatal(err)
	}
	if _, err := resttest.Call(t.Context(), t, officialoidc.New(officialoidc.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials, MeterProvider: theirs,
	}), "CreateTokenWithIAM", resttest.FillSnapshot); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(theirs.recorded, ours.recorded); diff != "" || len(ours.recorded) < 6 {
		t.Errorf("durations (-SDK +ours):\n%s", diff)
	}
}
