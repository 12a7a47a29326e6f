package idctest

import "time"

// bucket is a token bucket. The zero value is full.
type bucket struct {
	used float64 // tokens in use; the capacity is one second of requests
	at   time.Time
}

// take reports whether a request is within the limit of perSecond.
func (b *bucket) take(now time.Time, perSecond float64) bool {
	b.used = max(0, b.used-now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.used+1 > max(1, perSecond) {
		return false
	}
	b.used++
	return true
}

// throttle rejects a request to the portal that exceeds Options.RequestsPerSecond. s.mu is held.
func (s *Server) throttle(c *call) *response {
	limit := s.opts.RequestsPerSecond
	if limit <= 0 || !isPortal(c.op) || s.state.portal.take(c.now, limit) {
		return nil
	}
	return reject(c, "TooManyRequestsException", "HTTP 429 Unknown Code")
}
