package cachefile

import (
	"strings"
	"time"
)

// written is the one layout that every AWS SDK and the AWS CLI can read.
const written = "2006-01-02T15:04:05Z"

// ParseTime reads the forms in which AWS tools have written timestamps: RFC 3339 with
// any offset and fraction, also with a space for the T and with small letters; with
// UTC in place of the offset, as older versions of the AWS CLI did; and without an
// offset, which means UTC. It reports whether s is one of them.
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

// canWrite reports whether the year of t has four digits. The first year is left out:
// the zero time lies in it.
func canWrite(t time.Time) bool {
	year := t.UTC().Year()
	return year > 1 && year <= 9999
}
