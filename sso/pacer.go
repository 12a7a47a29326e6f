package sso

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

const (
	defaultRequestsPerSecond = 18
	maxBurst                 = 8
	maxPauses                = 10               // in a row, before AllRoles gives up
	maxPatience              = 3 * time.Minute  // of AllRoles, for one request
	maxBackoff               = 20 * time.Second // for one pause, as in the SDK
	maxRetryAfter            = time.Minute
)

// A Pacer keeps many calls below the service's limit of 20 requests per second (see "IAM Identity Center quotas" in the
// user guide). Pass its Pace method to each call:
//
//	out, err := client.GetRoleCredentials(ctx, input, pacer.Pace)
//
// Requests are evenly spaced, with bursts of up to eight after an idle period. If the service throttles a request, all
// requests pause for the Retry-After time, up to a minute, or for a backoff with jitter that grows with each pause in a
// row. The call's Retryer decides whether to retry the throttled request.
//
// The zero value is ready to use. Goroutines and clients may share a Pacer. It must not be copied.
type Pacer struct {
	// RequestsPerSecond is the rate, including retries. 0 or less means 18.
	RequestsPerSecond float64

	mu     sync.Mutex
	next   time.Time // when the next request may be sent
	pauses int       // number of pauses so far
	streak int       // pauses since the last successful request
}

// turn is the permission to send one request.
type turn struct {
	pauses, streak int // of the Pacer when the turn was reserved
}

// Pace is a functional option that makes each attempt of a call wait for its turn.
func (p *Pacer) Pace(o *Options) { addPace(o, p.handle) }

// patience is Pace for calls that wait out up to ten pauses in a row, or three minutes. It hides throttling from the Retryer, which would
// use up its attempts and the retry quota that other calls share.
func (p *Pacer) patience(o *Options) {
	if o.Retryer != nil {
		o.Retryer = patientRetryer{o.Retryer}
	}
	addPace(o, func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
	) {
		giveUp := time.Now().Add(maxPatience) //nolint:forbidigo // measures a delay
		for {
			try := in
			if r, ok := in.Request.(*smithyhttp.Request); ok {
				try.Request = r.Clone()
			}
			out, metadata, err = p.handle(ctx, try, next)
			var throttled *throttledError
			if !errors.As(err, &throttled) || throttled.streak >= maxPauses || time.Until(giveUp) <= 0 {
				return out, metadata, err
			}
		}
	})
}

type finalizer = func(context.Context, middleware.FinalizeInput, middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error)

// addPace adds a middleware that runs for each attempt.
func addPace(o *Options, handle finalizer) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Pace", handle), "Retry", middleware.After)
	})
}

// handle waits for a turn and sends the request.
func (p *Pacer) handle(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	t, err := p.wait(ctx)
	if err != nil {
		return out, metadata, err
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	var response *awshttp.ResponseError
	switch {
	case err == nil:
		p.accepted(t)
	case errors.As(err, &response) && response.HTTPStatusCode() == http.StatusTooManyRequests:
		p.pause(t, awsrest.RetryAfter(err))
		err = &throttledError{err, t.streak}
	}
	return out, metadata, err
}

// wait blocks until a request may be sent.
func (p *Pacer) wait(ctx context.Context) (turn, error) {
	for {
		at, t := p.reserve()
		if err := sleepUntil(ctx, at); err != nil {
			return turn{}, err
		}
		p.mu.Lock()
		paused := p.pauses != t.pauses
		p.mu.Unlock()
		if !paused {
			return t, nil
		}
	}
}

// reserve takes the next turn. A pause that starts before it cancels the reservation.
func (p *Pacer) reserve() (time.Time, turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	interval := p.interval()
	burst := min(maxBurst, max(1, int(time.Second/2/interval)))
	at := time.Now().Add(-time.Duration(burst-1) * interval) //nolint:forbidigo // measures a delay
	if at.Before(p.next) {
		at = p.next
	}
	p.next = at.Add(interval)
	return at, turn{p.pauses, p.streak}
}

func (p *Pacer) interval() time.Duration {
	perSecond := p.RequestsPerSecond
	if perSecond <= 0 {
		perSecond = defaultRequestsPerSecond
	}
	return time.Duration(max(1, min(float64(time.Second)/perSecond, float64(time.Hour))))
}

func (p *Pacer) accepted(t turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.pauses == p.pauses {
		p.streak = 0
	}
}

// pause holds back all requests, unless the throttled request was sent before the last pause.
func (p *Pacer) pause(t turn, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.pauses != p.pauses {
		return
	}
	p.next = time.Now().Add(p.backoff(after)) //nolint:forbidigo // measures a delay
	p.pauses++
	p.streak++
}

// backoff returns the length of the next pause: the time for twenty requests, doubled with each pause in a row, half of
// it jitter, and at least the Retry-After time.
func (p *Pacer) backoff(after time.Duration) time.Duration {
	backoff := min(20*p.interval()<<p.streak, maxBackoff)                  // at most 20 h << 10: no overflow
	return max(min(after, maxRetryAfter), backoff/2) + rand.N(backoff/2+1) //nolint:gosec // jitter needs no secret
}

func sleepUntil(ctx context.Context, at time.Time) error {
	if d := time.Until(at); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// throttledError is a throttling error after streak pauses in a row.
type throttledError struct {
	error
	streak int
}

func (e *throttledError) Unwrap() error { return e.error }

// patientRetryer is a Retryer that does not retry a throttledError.
type patientRetryer struct{ aws.Retryer }

// IsErrorRetryable reports whether the request may be retried.
func (r patientRetryer) IsErrorRetryable(err error) bool {
	var throttled *throttledError
	return !errors.As(err, &throttled) && r.Retryer.IsErrorRetryable(err)
}

// GetAttemptToken implements aws.RetryerV2, as the wrapped retryer may.
func (r patientRetryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}
