package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/profile"
)

// environment reports variables that override the profile, or that only some tools read. It
// never shows their values.
func (c *checker) environment(context.Context) {
	found := c.overrides()
	for _, r := range found {
		r.Check = "environment"
		c.add(r)
	}
	if len(found) == 0 {
		c.ok("environment", "no variable overrides the profile")
	}
}

// overrides returns a warning for each such variable or group of variables.
func (c *checker) overrides() []Result {
	var found []Result
	add := func(message string, unset ...string) {
		found = append(found, Result{Status: Warning, Message: message, Fix: "unset " + strings.Join(unset, " ")})
	}
	set := func(name string) bool { return c.Getenv(name) != "" }

	keys := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
	switch {
	case set(keys[0]) && set(keys[1]):
		add("most tools use the keys in AWS_ACCESS_KEY_ID instead of the profile", keys...)
	case set(keys[0]) || set(keys[1]):
		add("only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set", keys...)
	}
	if set("AWS_SECURITY_TOKEN") {
		add("the AWS CLI and boto3 prefer AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
	}
	if set("AWS_WEB_IDENTITY_TOKEN_FILE") && set("AWS_ROLE_ARN") {
		add("the Go SDK, the AWS CLI and boto3 assume the role in AWS_ROLE_ARN instead of using the profile",
			"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
	}
	if stale := c.stale(); len(stale) > 0 {
		add(fmt.Sprintf("%s may belong to other credentials than the profile's", strings.Join(stale, " and ")), stale...)
	}
	if a, b := c.Getenv("AWS_PROFILE"), c.Getenv("AWS_DEFAULT_PROFILE"); a != "" && b != "" && a != b {
		add("AWS_PROFILE and AWS_DEFAULT_PROFILE differ; boto3 prefers the second, other tools the first", "AWS_DEFAULT_PROFILE")
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		if strings.HasPrefix(c.Getenv(name), "~") {
			found = append(found, Result{
				Status: Warning, Message: "the Go SDK does not expand the ~ in " + name,
				Fix: "export " + name + "=\"$HOME" + strings.TrimPrefix(c.Getenv(name), "~") + "\"",
			})
		}
	}
	return found
}

// stale returns the variables that are set and describe particular credentials.
func (c *checker) stale() []string {
	var names []string
	for _, name := range []string{"AWS_ACCOUNT_ID", "AWS_CREDENTIAL_SCOPE", "AWS_CREDENTIAL_EXPIRATION"} {
		if c.Getenv(name) != "" {
			names = append(names, name)
		}
	}
	return names
}

// selected returns the name of the profile to check.
func (c *checker) selected() string {
	if c.Profile != "" {
		return c.Profile
	}
	return profile.Name(c.Getenv)
}
