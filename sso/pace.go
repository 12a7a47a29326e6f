package sso

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
)

const (
	maxPauses     = 10               // in a row, before throttling is an error
	maxBackoff    = 20 * time.Second // what pauses grow to, as the SDK's do
	maxRetryAfter = time.Minute
)

// pacer hands out turns to send a request: one in each interval, and none while it pauses. Its run
// is the only one who knows how things stand, so that one answer of 429 holds back everybody.
type pacer struct {
	interval time.Duration
	turns    chan turn
	reports  chan report
}

// turn is the permission to send one request.
type turn struct {
	round  int // how many pauses there have been
	streak int // how many of them since the service last took a request
}

// report is how the request of a turn fared.
type report struct {
	turn      turn
	throttled bool
	after     time.Duration // that the service asks to wait
}

func newPacer(perSecond float64) *pacer {
	return &pacer{
		interval: time.Duration(min(float64(time.Second)/perSecond, float64(time.Hour))),
		turns:    make(chan turn),
		reports:  make(chan report),
	}
}

// run hands out turns until ctx is done.
func (p *pacer) run(ctx context.Context) {
	var now turn
	rest := time.NewTimer(0)
	defer rest.Stop()
	var open chan<- turn // p.turns, or nil while turns are held back
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
			open = p.turns
		case open <- now:
			open = nil
			rest.Reset(p.interval)
		case r := <-p.reports:
			switch {
			case r.turn.round != now.round: // sent before the last pause, which was its answer
			case !r.throttled:
				now.streak = 0
			default:
				open = nil
				rest.Reset(p.pause(now.streak, r.after))
				now = turn{round: now.round + 1, streak: now.streak + 1}
			}
		}
	}
}

// pause is how long to send nothing after that many pauses in a row: first for as long as twenty
// requests take, then twice that, and so on, half of it up to chance; and never less than the
// service asks.
func (p *pacer) pause(streak int, after time.Duration) time.Duration {
	backoff := min(20*p.interval<<streak, maxBackoff)                      // at most 20 h << 10: no overflow
	return max(min(after, maxRetryAfter), backoff/2) + rand.N(backoff/2+1) //nolint:gosec // jitter needs no secret
}

// send waits for a turn, does the request, and reports how it fared.
func (p *pacer) send(ctx context.Context, do func() error) error {
	var t turn
	select {
	case t = <-p.turns:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := do()
	r := report{turn: t}
	var answered *awshttp.ResponseError
	switch {
	case errors.As(err, &answered) && answered.HTTPStatusCode() == http.StatusTooManyRequests:
		r.throttled, r.after = true, retryAfter(answered.Response.Header)
		err = &throttledError{error: err, final: t.streak >= maxPauses}
	case err != nil:
		return err // tells nothing about the pace
	}
	select {
	case p.reports <- r:
	case <-ctx.Done():
	}
	return err
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date by the server's clock.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(until.Sub(now), 0)
}

// throttledError is an answer of 429.
type throttledError struct {
	error
	final bool // not to be tried again
}

func (e *throttledError) Unwrap() error { return e.error }

// retryable reports whether to wait for another turn.
func (p *pacer) retryable(err error) bool {
	var throttled *throttledError
	return errors.As(err, &throttled) && !throttled.final
}

// option makes each attempt of a call wait for its turn, and leaves throttling to the pacer.
func (p *pacer) option(o *Options) {
	if o.Retryer != nil {
		o.Retryer = patientRetryer{o.Retryer}
	}
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Pace", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
			out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
		) {
			err = p.send(ctx, func() (err error) {
				out, metadata, err = next.HandleFinalize(ctx, in)
				return err
			})
			return out, metadata, err
		}), "Retry", middleware.After)
	})
}

// patientRetryer retries what the wrapped one does, but for throttling: that would use up its
// attempts, and the retry quota it shares with the client's other calls.
type patientRetryer struct{ aws.Retryer }

// IsErrorRetryable narrows what the wrapped retryer retries.
func (r patientRetryer) IsErrorRetryable(err error) bool {
	var throttled *throttledError
	return !errors.As(err, &throttled) && r.Retryer.IsErrorRetryable(err)
}

// GetAttemptToken makes the retryer an aws.RetryerV2, as the wrapped one may be.
func (r patientRetryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}

// pacedClient calls a client at the pace of its pacer, whose run must be running.
type pacedClient struct {
	client *Client
	pacer  *pacer
	optFns []func(*Options)
}

// ListAccounts is [Client.ListAccounts], paced.
func (c *pacedClient) ListAccounts(ctx context.Context, in *ListAccountsInput, optFns ...func(*Options)) (*ListAccountsOutput, error) {
	return paced(ctx, c, c.client.ListAccounts, in, optFns)
}

// ListAccountRoles is [Client.ListAccountRoles], paced.
func (c *pacedClient) ListAccountRoles(ctx context.Context, in *ListAccountRolesInput, optFns ...func(*Options)) (*ListAccountRolesOutput, error) {
	return paced(ctx, c, c.client.ListAccountRoles, in, optFns)
}

func paced[In, Out any](ctx context.Context, c *pacedClient, call func(context.Context, *In, ...func(*Options)) (*Out, error), in *In, optFns []func(*Options)) (*Out, error) {
	optFns = slices.Concat(optFns, c.optFns, []func(*Options){c.pacer.option})
	for {
		out, err := call(ctx, in, optFns...)
		if err == nil || !c.pacer.retryable(err) {
			return out, err
		}
	}
}
