package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// The exit codes, for scripts to go by.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2 // wrong usage or configuration
	exitLoginRequired = 3
)

func exitCode(err error) int {
	var (
		usage *usageError
		conf  *profile.Error
		login *provider.LoginRequiredError
	)
	switch {
	case errors.As(err, &login):
		return exitLoginRequired
	case errors.As(err, &usage), errors.As(err, &conf):
		return exitUsage
	}
	return exitFailed
}

// message is err in one line, without the names of the packages it came from.
func message(err error) string {
	text := err.Error()
	for _, prefix := range []string{"latchkey: ", "provider: ", "login: ", "profile: ", "tokencache: ", "rolecache: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return strings.ReplaceAll(text, "\n", " ")
}

// hint is the command, or the place to look, that mends err; empty where we
// know none.
func (a *app) hint(err error) string {
	var (
		usage    *usageError
		conf     *profile.Error
		required *provider.LoginRequiredError
		response *awshttp.ResponseError
		api      smithy.APIError
		network  net.Error
	)
	switch {
	case errors.As(err, &usage):
		return usage.command + " --help"
	case errors.As(err, &required):
		return loginCommandLine(required.Profile)
	case errors.As(err, &conf):
		return a.configHint(conf)
	case errors.Is(err, login.ErrDenied), errors.Is(err, login.ErrExpired):
		return "latchkey login, to try again"
	case errors.As(err, &response) && errors.As(err, &api):
		return statusHint(response.HTTPStatusCode())
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return "is the network up? A proxy is taken from HTTPS_PROXY, its certificates from AWS_CA_BUNDLE"
	}
	return ""
}

func loginCommandLine(name string) string {
	if name == "" || name == "default" {
		return "latchkey login"
	}
	if strings.ContainsAny(name, " \t'\"$\\&|;<>()*?!#~`") {
		name = "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return "latchkey login --profile " + name
}

func (a *app) configHint(e *profile.Error) string {
	if errors.Is(e, profile.ErrNotFound) && len(e.Similar) > 0 {
		return fmt.Sprintf("profiles there are: %s", strings.Join(e.Similar, ", "))
	}
	return ""
}

func statusHint(status int) string {
	switch {
	case status == http.StatusForbidden || status == http.StatusNotFound:
		return "is the role still assigned to you? Check sso_account_id and sso_role_name of the profile"
	case status == http.StatusTooManyRequests:
		return "Identity Center is throttling requests: try again in a minute"
	case status >= http.StatusInternalServerError:
		return "Identity Center failed to answer: try again in a minute"
	}
	return ""
}
