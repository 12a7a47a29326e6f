package provider

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestRoleExpires checks the expiry of role credentials against both clocks. The wall clock of a
// time.Time cannot be set independently of its monotonic clock, so the test shifts Expires instead.
func TestRoleExpires(t *testing.T) {
	for name, tt := range map[string]struct {
		set    time.Duration // how far the wall clock was moved
		passed time.Duration
		want   time.Duration
	}{
		"clocks agree":             {0, 20 * time.Minute, 40 * time.Minute},
		"wall clock set back":      {-2 * time.Hour, 90 * time.Minute, -30 * time.Minute},
		"wall clock set forward":   {2 * time.Hour, 20 * time.Minute, -80 * time.Minute},
		"the machine slept for 2h": {2 * time.Hour, time.Minute, -61 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			creds := aws.Credentials{SessionToken: "t", Expires: now.Add(time.Hour).Round(0)}
			r := role{signIns: new(atomic.Uint64)}
			r.hold(creds, 0, now, time.Time{})
			if !strings.Contains(r.deadline.String(), " m=") {
				t.Fatal("the end has no monotonic reading")
			}
			r.creds.Expires = r.creds.Expires.Add(-tt.set)
			later := now.Add(tt.passed)
			if got := r.left(later).Round(time.Second); got != tt.want {
				t.Errorf("%s left, want %s", got, tt.want)
			}
			// Holding the same credentials again does not extend them.
			r.hold(r.creds, 0, later, later.Add(time.Minute))
			if got := r.left(later).Round(time.Second); got != tt.want {
				t.Errorf("held again: %s left, want %s", got, tt.want)
			}
			if _, ok := r.fresh(later, roleWindow); ok != (tt.want > 0) {
				t.Errorf("fresh: %t", ok)
			}
		})
	}
}
