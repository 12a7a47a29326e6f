package idctest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The key pair that CreateTokenWithIAM accepts by default: the example keys in the AWS
// documentation.
const (
	AccessKeyID     = "AKIDEXAMPLE"
	SecretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" //nolint:gosec // AWS's published example, not a credential
)

// Options configures a [Server]. The functions passed to [Start] and [NewServer] receive the
// defaults, so they can set a duration to zero. An empty Region or StartURL, a zero PageSize, and a
// nil Now or Credentials mean the default.
type Options struct {
	// Region is the region of the server and of CreateTokenWithIAM signatures. Default
	// "us-east-1".
	Region string

	// StartURL is the start URL and issuer URL. A trailing "/", "#" or "#/" is ignored. Default
	// "https://d-0123456789.awsapps.com/start".
	StartURL string

	// Accounts are the accounts and roles of the user, in list order. Default: account 123456789012
	// with the roles Developer and ReadOnly.
	Accounts []Account

	// AssumableRoles are the roles that callers with credentials from the server may assume. Nil
	// means every role, unconditionally.
	AssumableRoles []AssumableRole

	// AccessTokenTTL is the lifetime of access tokens, in whole seconds. Default 1 hour.
	AccessTokenTTL time.Duration

	// RoleCredentialsTTL is the lifetime of role credentials. Default 1 hour.
	RoleCredentialsTTL time.Duration

	// RegistrationTTL is the lifetime of client registrations. Default 90 days.
	RegistrationTTL time.Duration

	// DeviceCodeTTL is the lifetime of device codes, in whole seconds. Default 10 minutes.
	DeviceCodeTTL time.Duration

	// PollInterval is the minimum time between polls with a device code. Polling earlier is a
	// slow_down error and adds 5 seconds to the interval (RFC 8628 section 3.5). The response has it
	// in whole seconds, rounded up. Zero allows any rate, for tests with a real clock. Default 1
	// second.
	PollInterval time.Duration

	// AutoApprove approves device and browser sign-ins without a user.
	AutoApprove bool

	// KeepRefreshTokens disables the rotation of refresh tokens. By default, each works once, and
	// using one again revokes the refresh tokens of its sign-in (RFC 9700 section 4.14.2).
	KeepRefreshTokens bool

	// PageSize is the maximum number of accounts or roles in a page. Default 100.
	PageSize int

	// Latency delays each response. The operation takes effect before the delay, even if the client
	// gives up.
	Latency time.Duration

	// RequestsPerSecond is the rate limit of the portal for all clients together, a token bucket for one
	// second of requests by Now's clock. Requests beyond it fail with status 429 and
	// TooManyRequestsException. Default 0, no limit. AWS's limit is about 20.
	RequestsPerSecond float64

	// Now is the server's clock. It must be safe for concurrent use. Default time.Now.
	Now func() time.Time

	// Credentials must sign CreateTokenWithIAM requests. Default [AccessKeyID] and [SecretAccessKey].
	Credentials aws.CredentialsProvider
}

// Format prints some of the options and no credentials, for every verb.
func (o Options) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Region:%q StartURL:%q Accounts:%d}", o.Region, o.StartURL, len(o.Accounts))
}

// Account is an AWS account in which the user has roles.
type Account struct {
	ID    string   // 12 digits
	Name  string   // as shown in the portal
	Email string   // address of the root user
	Roles []string // role names, in list order
}

func newOptions(optFns []func(*Options)) Options {
	o := Options{
		Accounts: []Account{{
			ID: "123456789012", Name: "Example", Email: "aws@example.com",
			Roles: []string{"Developer", "ReadOnly"},
		}},
		AccessTokenTTL:     time.Hour,
		RoleCredentialsTTL: time.Hour,
		RegistrationTTL:    90 * 24 * time.Hour,
		DeviceCodeTTL:      10 * time.Minute,
		PollInterval:       time.Second,
	}
	for _, fn := range optFns {
		fn(&o)
	}

	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.StartURL == "" {
		o.StartURL = "https://d-0123456789.awsapps.com/start"
	}
	if o.PageSize <= 0 {
		o.PageSize = 100
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	if o.Credentials == nil {
		o.Credentials = aws.CredentialsProviderFunc(exampleCredentials)
	}
	o.Accounts = slices.Clone(o.Accounts)
	o.AssumableRoles = slices.Clone(o.AssumableRoles)
	for i := range o.Accounts {
		o.Accounts[i].Roles = slices.Clone(o.Accounts[i].Roles)
	}
	return o
}

func exampleCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: AccessKeyID, SecretAccessKey: SecretAccessKey, Source: "idctest"}, nil
}
