package awsrest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// RetryAfter returns the Retry-After time of the error response behind err (RFC 9110 section 10.2.3), or 0. A date counts
// from the Date of the response, since the clocks may differ.
func RetryAfter(err error) time.Duration {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return 0
	}
	header := response.Response.Header
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	until, untilErr := http.ParseTime(value)
	now, nowErr := http.ParseTime(header.Get("Date"))
	if untilErr != nil || nowErr != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}

// maxRetryAfter prevents an overflow. Callers have their own limits.
const maxRetryAfter = 24 * time.Hour

// maxExtraDelay is how much longer than the backoff a retry waits for Retry-After. It is the SDK's limit for
// X-Amz-Retry-After.
const maxExtraDelay = 5 * time.Second

// patient is a retryer that waits for the Retry-After time of the response before it retries.
type patient struct{ aws.Retryer }

// RetryDelay returns the time to wait before the next attempt.
func (r patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	backoff, delayErr := r.Retryer.RetryDelay(attempt, err)
	return min(max(backoff, RetryAfter(err)), backoff+maxExtraDelay), delayErr
}

// GetAttemptToken implements aws.RetryerV2, as the wrapped retryer may.
func (r patient) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}
