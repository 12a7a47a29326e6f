package command

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMeter checks what is shown with and without a terminal.
func TestMeter(t *testing.T) {
	for _, test := range []struct {
		terminal bool
		want     string
	}{
		{true, "" +
			"\rListing roles: 2 of 9 accounts" +
			"\r                              \rIdentity Center is throttling requests. Waiting.\n" +
			"\rListing roles: 2 of 9 accounts" +
			"\rListing roles: 3 of 9 accounts" +
			"\r                              \r"},
		{false, "" +
			"Listing roles: 2 of 9 accounts\n" +
			"Identity Center is throttling requests. Waiting.\n" +
			"Listing roles: 2 of 9 accounts\n" +
			"Listing roles: 3 of 9 accounts\n"},
	} {
		var out strings.Builder
		now := time.Unix(0, 0)
		m := &meter{out: &out, terminal: test.terminal, interval: time.Second, now: func() time.Time { return now }, shown: now}
		m.show(1, 9) // too early
		now = now.Add(time.Second)
		m.show(2, 9)
		m.throttled()
		now = now.Add(time.Second)
		m.throttled()
		now = now.Add(time.Second)
		m.show(3, 9)
		m.clear()
		m.clear() // nothing is left
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("terminal %t: %s", test.terminal, diff)
		}
	}
}
