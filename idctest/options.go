package idctest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The key pair that CreateTokenWithIAM accepts unless [Options].Credentials is set: the example
// keys of the AWS documentation, which belong to nobody.
const (
	AccessKeyID     = "AKIDEXAMPLE"
	SecretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" //nolint:gosec // AWS's published example, not a credential
)

// Options configures a server. The functions passed to [Start] and [NewServer] get the defaults to
// change, so that they can set a duration to zero. An empty Region, StartURL or PageSize and a nil
// Now or Credentials mean the default.
type Options struct {
	// Region is the region of the server, which CreateTokenWithIAM must be signed for.
	// Default "us-east-1".
	Region string

	// StartURL is the only start URL, and issuer URL, of the server. A trailing "/", "#" or "#/" makes no
	// difference. Default "https://d-0123456789.awsapps.com/start".
	StartURL string

	// Accounts are the accounts and roles of the user, in the order of the lists. Default: account
	// 123456789012 with the roles Developer and ReadOnly.
	Accounts []Account

	// AssumableRoles are the roles that AssumeRole gives to those who have credentials of the
	// server. Nil means every role, on no condition.
	AssumableRoles []AssumableRole

	// AccessTokenTTL is how long an access token is valid, in whole seconds. Default 1 hour.
	AccessTokenTTL time.Duration

	// RoleCredentialsTTL is how long role credentials are valid. Default 1 hour.
	RoleCredentialsTTL time.Duration

	// RegistrationTTL is how long a client registration is valid. Default 90 days.
	RegistrationTTL time.Duration

	// DeviceCodeTTL is how long a device code waits for the user, in whole seconds. Default 10 minutes.
	DeviceCodeTTL time.Duration

	// PollInterval is how long a client must wait between two polls of a device code. A client that
	// polls earlier is told to slow down, and must wait 5 seconds more from then on (RFC 8628
	// section 3.5). The client gets it in whole seconds, rounded up. Zero allows any rate, which
	// suits tests with a real clock. Default 1 second.
	PollInterval time.Duration

	// AutoApprove approves device and browser sign-ins without a user.
	AutoApprove bool

	// KeepRefreshTokens returns the same refresh token from each refresh, for any number of uses.
	// By default refresh tokens rotate: each works once, and using one a second time ends the
	// refresh tokens of its sign-in (RFC 9700 section 4.14.2).
	KeepRefreshTokens bool

	// PageSize limits the accounts or roles in a page, even if the client requests more. Default 100.
	PageSize int

	// Latency delays each response. The operation takes effect before: a client that gives up
	// meanwhile has spent its refresh token.
	Latency time.Duration

	// RequestsPerSecond limits the requests to the portal, of all clients together: a request beyond it
	// fails with status 429 and TooManyRequestsException. It is a token bucket that holds the requests of
	// one second and refills by Now. Default 0: no limit. The service's is about 20.
	RequestsPerSecond float64

	// Now is the server's clock, for every expiry, the polling interval, the rate limit and the
	// Date header. It must be safe for concurrent use. Default time.Now.
	Now func() time.Time

	// Credentials are the keys that CreateTokenWithIAM must be signed with. Default: [AccessKeyID] and
	// [SecretAccessKey].
	Credentials aws.CredentialsProvider
}

// Format prints a few of the options and not the Credentials, for any verb.
func (o Options) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Region:%q StartURL:%q Accounts:%d}", o.Region, o.StartURL, len(o.Accounts))
}

// Account is an AWS account in which the user has roles.
type Account struct {
	ID    string   // 12 digits
	Name  string   // as shown in the portal
	Email string   // of the account's owner
	Roles []string // names of the roles, in the order of the list
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
