package cachefile

import (
	"strings"
	"time"
)

// timeLayout is the only layout that the AWS CLI and all AWS SDKs can parse.
const timeLayout = "2006-01-02T15:04:05Z"

// ParseTime parses a timestamp in any format that AWS tools have written: RFC 3339, in upper or
// lower case, with T or a space; with the suffix UTC in place of the offset, as in older AWS CLI
// versions; or without an offset, which means UTC. ok is false for anything else.
func ParseTime(s string) (t time.Time, ok bool) {
	s = strings.ToUpper(s)
	if i := len("2006-01-02"); len(s) > i && s[i] == ' ' {
		s = s[:i] + "T" + s[i+1:]
	}
	if naive, ok := strings.CutSuffix(s, "UTC"); ok {
		s = naive + "Z"
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && representable(t) {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// formatTime formats t in UTC, rounded down to the second.
func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// representable reports whether the year of t is in 2 to 9999. Year 1 contains the zero time,
// which means unset.
func representable(t time.Time) bool {
	year := t.UTC().Year()
	return year > 1 && year <= 9999
}
