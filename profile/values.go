package profile

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// values reads the settings of one section. err is the first mistake in them.
type values struct {
	section *Section
	err     *Error
}

// text returns a value, "" if the key is missing: AWS tools treat an empty value the same.
func (v *values) text(key string) string {
	p, _ := v.section.Get(key)
	if strings.Contains(p.Value, "\n") {
		v.fail(key, key+" continues on the next line, because that line is indented",
			"start the line, setting or comment, in the first column")
		return ""
	}
	return p.Value
}

// has reports whether a key has a value.
func (v *values) has(key string) bool {
	p, _ := v.section.Get(key)
	return p.Value != ""
}

// wholeNumber returns a number, or 0 if the key has no value. Anything but a decimal number
// of at least least is a mistake.
func (v *values) wholeNumber(key string, least int, valid string) int {
	text := v.text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		v.invalid(key, text, valid)
		return 0
	}
	return n
}

// seconds reports a duration that the Go SDK does not request as it is written.
func (v *values) seconds(key string) {
	n := v.wholeNumber(key, 1, "a whole number of seconds, such as 3600")
	if 0 < n && n != shortestRole && n < shortestRole+60 {
		v.fail(key, fmt.Sprintf("%s is %d, and the Go SDK requests %d instead", key, n, shortestRole),
			fmt.Sprintf("write %d, or %d or more", shortestRole, shortestRole+60))
	}
}

// shortestRole is the minimum duration of an assumed role, in seconds.
const shortestRole = 900

// duration reads a number of seconds as the Go SDK does: it ignores anything else, and rounds
// less than 16 minutes to 15.
func (v *values) duration(key string) int {
	p, _ := v.section.Get(key)
	n, err := strconv.ParseInt(p.Value, 0, 64)
	switch {
	case err != nil:
		return 0
	case n < shortestRole+60:
		return shortestRole
	}
	return int(n)
}

// region reports an invalid region. The region becomes part of a host name, and
// "evil.example/#" would make that another host.
func (v *values) region(key string) {
	text := v.text(key)
	for label := range strings.SplitSeq(text, ".") {
		if text != "" && !isHostLabel(label) {
			v.invalid(key, text, "a region, such as us-east-1")
			return
		}
	}
}

// isHostLabel reports whether s is a label of a host name (RFC 1123 section 2.1).
func isHostLabel(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return s != "" && len(s) <= 63 && strings.Trim(s, letters+"0123456789-") == "" && s[0] != '-' && s[len(s)-1] != '-'
}

// require reports the keys that have no value, all in one error.
func (v *values) require(where string, keys ...string) {
	var missing, add []string
	for _, key := range keys {
		if v.text(key) == "" {
			missing, add = append(missing, key), append(add, example(key))
		}
	}
	if len(missing) == 0 {
		return
	}
	verb := "is"
	if len(missing) > 1 {
		verb = "are"
	}
	v.fail(missing[0], fmt.Sprintf("%s %s missing from %s", and(missing), verb, where), "add "+and(add))
}

func and(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// example returns a line to write for a missing key.
func example(key string) string {
	switch key {
	case "sso_start_url":
		return key + " = <https address of your AWS access portal>"
	case "sso_region":
		return key + " = <region of your Identity Center>"
	case "sso_account_id":
		return key + " = <12-digit account id>"
	case "sso_role_name":
		return key + " = <name of a permission set>"
	}
	return key
}

// invalid reports an invalid value.
func (v *values) invalid(key, value, valid string) {
	v.fail(key, fmt.Sprintf("invalid %s %q", key, value), "set it to "+valid)
}

// missing reports a key that names a section which does not exist.
func (v *values) missing(key, setting string, e *Error) {
	v.fail(key, setting+", but "+e.Reason, cmp.Or(e.Fix, "add the section, or correct "+key))
	v.err.Similar = e.Similar
}

// fail reports a mistake, at the line of the key or else of the section.
func (v *values) fail(key, reason, fix string) {
	e := &Error{File: v.section.File, Line: v.section.Line, Key: key, Reason: reason, Fix: fix}
	if p, ok := v.section.Get(key); ok {
		e.File, e.Line = p.File, p.Line
	}
	v.keep(e)
}

func (v *values) keep(e *Error) {
	if v.err == nil {
		v.err = e
	}
}
