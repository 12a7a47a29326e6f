package profile

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// values reads the settings of a section. err is the first error.
type values struct {
	section *Section
	err     *Error
}

// text returns a value, or "" if the key is missing: AWS tools do not tell the two apart.
func (v *values) text(key string) string {
	p, _ := v.section.Get(key)
	if strings.Contains(p.Value, "\n") {
		v.fail(key, key+" continues on the next line, because that line is indented",
			"start the line, setting or comment, in the first column")
		return ""
	}
	return p.Value
}

// has reports whether a key has a nonempty value.
func (v *values) has(key string) bool {
	p, _ := v.section.Get(key)
	return p.Value != ""
}

// wholeNumber returns a decimal number of at least least, or 0 if the key has no value.
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

// checkDuration reports a duration that the Go SDK changes.
func (v *values) checkDuration(key string) {
	n := v.wholeNumber(key, 1, "a whole number of seconds, such as 3600")
	if 0 < n && n != minRoleSeconds && n < minRoleSeconds+60 {
		v.fail(key, fmt.Sprintf("%s is %d, and the Go SDK requests %d instead", key, n, minRoleSeconds),
			fmt.Sprintf("write %d, or %d or more", minRoleSeconds, minRoleSeconds+60))
	}
}

// minRoleSeconds is the minimum duration of an AssumeRole session.
const minRoleSeconds = 900

// duration returns a number of seconds as the Go SDK does: it ignores anything that is not a
// number, and turns less than 16 minutes into 15.
func (v *values) duration(key string) int {
	p, _ := v.section.Get(key)
	n, err := strconv.ParseInt(p.Value, 0, 64)
	switch {
	case err != nil:
		return 0
	case n < minRoleSeconds+60:
		return minRoleSeconds
	}
	return int(n)
}

// checkRegion reports an invalid region. The region becomes part of a host name: a region such
// as "evil.example/#" would send requests to another host.
func (v *values) checkRegion(key string) {
	text := v.text(key)
	for label := range strings.SplitSeq(text, ".") {
		if text != "" && !isHostLabel(label) {
			v.invalid(key, text, "a region, such as us-east-1")
			return
		}
	}
}

// isHostLabel reports whether s is a host name label (RFC 1123 section 2.1).
func isHostLabel(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return s != "" && len(s) <= 63 && strings.Trim(s, letters+"0123456789-") == "" && s[0] != '-' && s[len(s)-1] != '-'
}

// require reports all keys without a value in one error.
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
	v.fail(missing[0], fmt.Sprintf("%s %s missing from %s", joinAnd(missing), verb, where), "add "+joinAnd(add))
}

func joinAnd(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func example(key string) string {
	switch key {
	case "sso_start_url":
		return key + " = <https URL of your AWS access portal>"
	case "sso_region":
		return key + " = <region of your Identity Center>"
	case "sso_account_id":
		return key + " = <12-digit account ID>"
	case "sso_role_name":
		return key + " = <name of a permission set>"
	}
	return key
}

func (v *values) invalid(key, value, valid string) {
	v.fail(key, fmt.Sprintf("invalid %s %q", key, value), "set it to "+valid)
}

// missing reports a key that names a section that does not exist.
func (v *values) missing(key, setting string, e *Error) {
	v.fail(key, setting+", but "+e.Reason, cmp.Or(e.Fix, "add the section, or correct "+key))
	v.err.Similar = e.Similar
}

// fail reports an error at the line of the key, or else of the section.
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
