package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/profile"
)

// environment checks for variables that win over the profile, or that only some tools
// read. It names variables and never shows a value.
func (e *exam) environment(context.Context) {
	found := e.overrides()
	for _, r := range found {
		r.Check = "environment"
		e.add(r)
	}
	if len(found) == 0 {
		e.ok("environment", "no variable overrides the profile")
	}
}

// overrides returns a warning for each variable, or group of them, that gets in the way.
func (e *exam) overrides() []Result {
	var found []Result
	add := func(message string, unset ...string) {
		found = append(found, Result{Status: Warning, Message: message, Fix: "unset " + strings.Join(unset, " ")})
	}
	set := func(name string) bool { return e.Getenv(name) != "" }

	keys := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
	switch {
	case set(keys[0]) && set(keys[1]):
		add("most tools use the keys in AWS_ACCESS_KEY_ID instead of the profile", keys...)
	case set(keys[0]) || set(keys[1]):
		add("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together, and only one is set", keys...)
	}
	if set("AWS_SECURITY_TOKEN") {
		add("the AWS CLI and boto3 prefer AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
	}
	if set("AWS_WEB_IDENTITY_TOKEN_FILE") && set("AWS_ROLE_ARN") {
		add("the Go SDK, the AWS CLI and boto3 assume the role in AWS_ROLE_ARN instead of using the profile",
			"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
	}
	if stale := e.stale(); len(stale) > 0 {
		add(fmt.Sprintf("%s may be about other credentials than the profile's", strings.Join(stale, " and ")), stale...)
	}
	if a, b := e.Getenv("AWS_PROFILE"), e.Getenv("AWS_DEFAULT_PROFILE"); a != "" && b != "" && a != b {
		add("boto3 follows AWS_DEFAULT_PROFILE, other tools follow AWS_PROFILE, and they differ", "AWS_DEFAULT_PROFILE")
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		if strings.HasPrefix(e.Getenv(name), "~") {
			found = append(found, Result{
				Status: Warning, Message: "the Go SDK does not expand the ~ in " + name,
				Fix: "export " + name + "=\"$HOME" + strings.TrimPrefix(e.Getenv(name), "~") + "\"",
			})
		}
	}
	return found
}

// stale returns the variables that describe credentials and are set.
func (e *exam) stale() []string {
	var names []string
	for _, name := range []string{"AWS_ACCOUNT_ID", "AWS_CREDENTIAL_SCOPE", "AWS_CREDENTIAL_EXPIRATION"} {
		if e.Getenv(name) != "" {
			names = append(names, name)
		}
	}
	return names
}

// selected is the name of the profile under examination.
func (e *exam) selected() string {
	if e.Profile != "" {
		return e.Profile
	}
	return profile.Name(e.Getenv)
}
