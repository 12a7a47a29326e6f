package cachefile_test

import (
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

func TestParseTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 6, 6, 11, 0, time.UTC)
	for _, tt := range []struct {
		in   string
		want time.Time
	}{
		{"2026-11-22T06:06:11Z", at},
		{"2026-11-22T06:06:11+00:00", at},
		{"2026-11-22T06:06:11-00:00", at},
		{"2026-11-21T23:06:11-07:00", at},
		{"2026-11-22T11:51:11+05:45", at},
		{"2026-11-22T06:06:11UTC", at},
		{"2026-11-22T06:06:11", at},
		{"2026-11-22t06:06:11z", at},
		{"2026-11-22 06:06:11Z", at},
		{"2026-11-22 06:06:11", at},
		{"2026-11-22 06:06:11.5+00:00", at.Add(500 * time.Millisecond)},
		{"2026-11-22T06:06:11.123Z", at.Add(123 * time.Millisecond)},
		{"2026-11-22T06:06:11.123456789Z", at.Add(123456789)},
		{"2026-11-22T06:06:11.123456789999Z", at.Add(123456789)},
		{"2026-11-22T06:06:11.5UTC", at.Add(500 * time.Millisecond)},
		{"2026-11-22T06:06:11.5", at.Add(500 * time.Millisecond)},
		{"9999-12-31T23:59:59Z", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
	} {
		got, ok := cachefile.ParseTime(tt.in)
		if !ok || !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("ParseTime(%q) = %v, %v; want %v", tt.in, got, ok, tt.want)
		}
	}
}

func TestParseTimeInvalid(t *testing.T) {
	for _, in := range []string{
		"", "never", "1795327571", "2026-11-22", "06:06:11Z", "2026-11-22T06:06Z", "2026-11-22T06:06:11ZUTC",
		"2026-11-22T06:06:11+00:00UTC", "2026-11-22T06:06:11 UTC", "2026-11-22T06:06:11PST", "2026-11-22T06:06:11+0000",
		"2026-11-22T06:06:11Z ", " 2026-11-22T06:06:11Z", "2026-11-22T06:06:11Z\n", "20261122T060611Z", "2026-02-30T06:06:11Z",
		"2026-11-22T24:06:11Z", "2026-11-22_06:06:11Z", "12026-11-22T06:06:11Z", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00",
	} {
		if got, ok := cachefile.ParseTime(in); ok || !got.IsZero() {
			t.Errorf("ParseTime(%q) = %v, %v; want false", in, got, ok)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-11-22T06:06:11Z", "2026-11-22 06:06:11.5UTC", "0001-12-31T23:59:59-23:59", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := cachefile.ParseTime(s)
		if !ok {
			return
		}
		var o cachefile.Object
		o.Time("t", at)
		data, err := o.Bytes()
		if err != nil {
			t.Fatalf("formatting the time of %q: %v", s, err)
		}
		members, err := cachefile.Members(data)
		if err != nil {
			t.Fatal(err)
		}
		var back time.Time
		if err := cachefile.SetTime(&back, members[0]); err != nil || !back.Equal(at.Truncate(time.Second)) {
			t.Errorf("%q = %v, after a round trip %v, %v", s, at, back, err)
		}
	})
}
