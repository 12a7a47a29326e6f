package profile

import (
	"fmt"
	"strconv"
	"strings"
)

// values reads the settings of one section and keeps the first mistake.
type values struct {
	section *Section
	err     *Error
}

// text returns a value, "" if there is none: an empty value counts as missing.
func (v *values) text(key string) string {
	p, _ := v.section.Get(key)
	if strings.Contains(p.Value, "\n") {
		v.fail(key, "%s goes on over the next line, because that line is indented: "+
			"write it, or the comment it is, from the first column on", key)
		return ""
	}
	return p.Value
}

// seconds returns a whole number of at least 1, or 0 if there is no value.
func (v *values) seconds(key string) int {
	text := v.text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		v.fail(key, "%s is %q: write a whole number of seconds, such as 3600", key, text)
		return 0
	}
	return n
}

// region keeps the mistake of a value that cannot be a region. It becomes a part of the
// name of a host, and "evil.example/#" would make that another host.
func (v *values) region(key string) {
	text := v.text(key)
	for label := range strings.SplitSeq(text, ".") {
		if text != "" && !isHostLabel(label) {
			v.fail(key, "%s is %q, which is no region: write one, such as us-east-1", key, text)
			return
		}
	}
}

// isHostLabel reports whether s can stand between two dots of a host name.
func isHostLabel(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return s != "" && len(s) <= 63 && strings.Trim(s, letters+"0123456789-") == "" && s[0] != '-' && s[len(s)-1] != '-'
}

// require keeps a mistake that names every one of the keys without a value.
func (v *values) require(where string, keys ...string) {
	var missing, add []string
	for _, key := range keys {
		if v.text(key) == "" {
			missing, add = append(missing, key), append(add, advice(key))
		}
	}
	if len(missing) == 0 {
		return
	}
	verb := "is"
	if len(missing) > 1 {
		verb = "are"
	}
	v.fail(missing[0], "%s %s missing from %s: add %s", and(missing), verb, where, and(add))
}

func and(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// advice is what to write for a setting that is missing.
func advice(key string) string {
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

// fail keeps a mistake at the line of a key, or of the section that lacks it.
func (v *values) fail(key, format string, args ...any) {
	e := &Error{File: v.section.File, Line: v.section.Line, Key: key, Reason: fmt.Sprintf(format, args...)}
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
