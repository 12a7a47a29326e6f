package command

import (
	"strings"
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0:                               "(now)",
		29 * time.Second:                "(now)",
		40 * time.Second:                "(in 1m)",
		-40 * time.Second:               "(1m ago)",
		59 * time.Minute:                "(in 59m)",
		59*time.Minute + time.Second*40: "(in 1h00m)",
		90 * time.Minute:                "(in 1h30m)",
		-47 * time.Hour:                 "(47h00m ago)",
		49 * time.Hour:                  "(in 2 days)",
		90 * 24 * time.Hour:             "(in 90 days)",
		-72 * time.Hour:                 "(3 days ago)",
	} {
		got := when(now.Add(d), now)
		if !strings.HasSuffix(got, " "+want) {
			t.Errorf("%s: got %q, want %q at its end", d, got, want)
		}
		if at := now.Add(d).Local().Format("2006-01-02 15:04:05 MST"); !strings.HasPrefix(got, at) {
			t.Errorf("%s: got %q, want %q at its beginning", d, got, at)
		}
	}
}
