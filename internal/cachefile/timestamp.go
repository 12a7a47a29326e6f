package cachefile

import (
	"strings"
	"time"
)

// written is the only layout that every AWS SDK and the AWS CLI can read.
const written = "2006-01-02T15:04:05Z"

// ParseTime parses the timestamps that AWS tools have written: RFC 3339 with any offset and
// fraction, in upper or lower case, with T or a space; with UTC in place of the offset, as in
// older versions of the AWS CLI; and without an offset, which means UTC. ok is false for
// anything else.
func ParseTime(s string) (time.Time, bool) {
	s = strings.ToUpper(s)
	if i := len("2006-01-02"); len(s) > i && s[i] == ' ' {
		s = s[:i] + "T" + s[i+1:]
	}
	if naive, ok := strings.CutSuffix(s, "UTC"); ok {
		s = naive + "Z"
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && canWrite(t) {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// formatTime writes t in UTC, floored to the second.
func formatTime(t time.Time) string { return t.UTC().Format(written) }

// canWrite reports whether the year of t has four digits. Year 1 is excluded, since it has
// the zero time.
func canWrite(t time.Time) bool {
	year := t.UTC().Year()
	return year > 1 && year <= 9999
}
