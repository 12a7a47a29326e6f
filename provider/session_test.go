package provider

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestLeft holds role credentials against both clocks. A time.Time carries the two
// together, so that a wall clock which was set is shown by an Expires that is as
// much off the other way.
func TestLeft(t *testing.T) {
	fetched := time.Now()
	ends := fetched.Add(time.Hour)
	for name, tt := range map[string]struct {
		expires time.Time
		now     time.Time
		want    time.Duration
	}{
		"clocks agree":             {ends.Round(0), fetched.Add(20 * time.Minute), 40 * time.Minute},
		"wall clock set back":      {ends.Add(2 * time.Hour).Round(0), fetched.Add(90 * time.Minute), -30 * time.Minute},
		"wall clock set forward":   {ends.Add(-2 * time.Hour).Round(0), fetched.Add(20 * time.Minute), -80 * time.Minute},
		"the machine slept for 2h": {ends.Add(-2 * time.Hour).Round(0), fetched.Add(time.Minute), -61 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			h := heldRole{creds: aws.Credentials{Expires: tt.expires}, ends: ends}
			if got := h.left(tt.now).Round(time.Second); got != tt.want {
				t.Errorf("%s left, want %s", got, tt.want)
			}
		})
	}
}
