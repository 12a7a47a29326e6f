package idctest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The key pair that CreateTokenWithIAM accepts unless [Options].Credentials says otherwise: the
// example keys of the AWS documentation, which belong to nobody.
const (
	AccessKeyID     = "AKIDEXAMPLE"
	SecretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" //nolint:gosec // AWS's published example, not a credential
)

// Options says what the server holds and how it behaves. The defaults are filled in before the
// functions given to [Start] and [NewServer] run, so that a zero duration set by one of them is
// meant. An empty Region, StartURL or PageSize and a nil Now or Credentials stand for the default.
type Options struct {
	// Region is the region the server claims to be in: CreateTokenWithIAM must be signed for it.
	// Default "us-east-1".
	Region string

	// StartURL is the only start URL (and issuer URL) the server knows; a trailing "/", "#" or
	// "#/" makes no difference. Default "https://d-0123456789.awsapps.com/start".
	StartURL string

	// Accounts is what the signed-in person may use, in the order it is listed. Default: account
	// 123456789012 with the roles Developer and ReadOnly.
	Accounts []Account

	// AssumableRoles are the roles that AssumeRole gives to those who have credentials of the server. Nil: every
	// role, on no condition.
	AssumableRoles []AssumableRole

	// AccessTokenTTL is how long an access token works, in whole seconds. Default 1 hour.
	AccessTokenTTL time.Duration

	// RoleCredentialsTTL is how long role credentials claim to live. Default 1 hour.
	RoleCredentialsTTL time.Duration

	// RegistrationTTL is how long a client registration works. Default 90 days.
	RegistrationTTL time.Duration

	// DeviceCodeTTL is how long a device code waits for a person, in whole seconds. Default 10
	// minutes.
	DeviceCodeTTL time.Duration

	// PollInterval is how long a client must wait between two polls of one device code; a client
	// that comes earlier is told to slow down, and from then on must wait 5 seconds more (RFC 8628
	// section 3.5). It is sent to the client in whole seconds, rounded up. Zero lets a client poll
	// as fast as it likes, which is what a test with a real clock wants. Default 1 second.
	PollInterval time.Duration

	// AutoApprove approves device and browser sign-ins without a person.
	AutoApprove bool

	// KeepRefreshTokens hands the same refresh token out again on each refresh and lets it be used
	// any number of times. By default refresh tokens rotate: each works once, and using one a
	// second time ends the refresh tokens of its sign-in (RFC 9700 section 4.14.2).
	KeepRefreshTokens bool

	// PageSize is the most accounts or roles in one page, whatever the client asks for. Default
	// 100.
	PageSize int

	// Latency is how long each answer is held back. The operation takes effect first: a client
	// that gives up meanwhile has still used up its refresh token.
	Latency time.Duration

	// RequestsPerSecond limits the requests to the portal, of all clients together: a request beyond it
	// fails with status 429 and TooManyRequestsException. It is a token bucket that holds the requests of
	// one second and refills by Now. Default 0: no limit. The service's is about 20.
	RequestsPerSecond float64

	// Now is the server's clock: it rules every expiry, the polling interval and the Date header.
	// It may be called from several goroutines at once. Default time.Now.
	Now func() time.Time

	// Credentials are the keys CreateTokenWithIAM must be signed with. Default: [AccessKeyID] and
	// [SecretAccessKey].
	Credentials aws.CredentialsProvider
}

// Format prints where the server claims to be, whatever the verb, and not the Credentials.
func (o Options) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "{Region:%q StartURL:%q Accounts:%d}", o.Region, o.StartURL, len(o.Accounts))
}

// Account is an AWS account in which the signed-in person has roles.
type Account struct {
	ID    string   // 12 digits
	Name  string   // as shown in the portal
	Email string   // of the account's owner
	Roles []string // names of the roles, in the order they are listed
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
