package ssotoken

import (
	"context"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// pollInterval is the interval at which awaitReplacement reads the cache.
const pollInterval = 50 * time.Millisecond

// replacement returns the valid token that another process has stored in place of tok, or nil.
func (s *Source) replacement(ctx context.Context, tok *tokencache.Token) *tokencache.Token {
	now, err := s.load(ctx)
	if err != nil || now.AccessToken == tok.AccessToken || !s.valid(now) {
		return nil
	}
	s.debugf("refresh %s: using the token that another tool has stored", s.sessionName())
	return now
}

// awaitReplacement polls for a replacement until the given time. Unless that has passed already, it reads the cache at
// least once, even if the process is suspended meanwhile.
func (s *Source) awaitReplacement(ctx context.Context, tok *tokencache.Token, until time.Time) *tokencache.Token {
	wait := until.Sub(s.opts.Now())
	if wait <= 0 {
		return nil
	}
	end := time.NewTimer(wait)
	defer end.Stop()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end.C:
			return s.replacement(ctx, tok)
		case <-poll.C:
		}
		if next := s.replacement(ctx, tok); next != nil {
			return next
		}
	}
}
