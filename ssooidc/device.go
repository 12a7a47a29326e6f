package ssooidc

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// StartDeviceAuthorization starts a sign-in on another device (RFC 8628): the person goes to a page
// and enters a code, while the program asks CreateToken for the outcome.
func (c *Client) StartDeviceAuthorization(ctx context.Context, params *StartDeviceAuthorizationInput, optFns ...func(*Options)) (*StartDeviceAuthorizationOutput, error) {
	return invoke(ctx, c, &startDeviceAuthorization, params, optFns)
}

// StartDeviceAuthorizationInput says who asks, and where to sign in. All members are required.
type StartDeviceAuthorizationInput struct {
	// ClientId is that of RegisterClient.
	ClientId *string

	// ClientSecret is that of RegisterClient. Secret.
	ClientSecret *string

	// StartUrl is the URL of the access portal.
	StartUrl *string
}

// StartDeviceAuthorizationOutput is what the service answered: any member may be missing.
type StartDeviceAuthorizationOutput struct {
	// DeviceCode is what CreateToken asks with. Secret.
	DeviceCode *string

	// ExpiresIn is how long the codes are good for, in seconds.
	ExpiresIn int32

	// Interval is how long to wait between calls of CreateToken, in seconds. 0 if the service did
	// not say: 5 then (RFC 8628 section 3.2).
	Interval int32

	// UserCode is what the person enters.
	UserCode *string

	// VerificationUri is the page to enter it on.
	VerificationUri *string

	// VerificationUriComplete is that page with the code entered.
	VerificationUriComplete *string

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

var startDeviceAuthorization = awsrest.Operation[StartDeviceAuthorizationInput, StartDeviceAuthorizationOutput]{
	Spec: awsrest.Spec{Name: "StartDeviceAuthorization", Method: http.MethodPost, Path: "/device_authorization"},
	Validate: func(in *StartDeviceAuthorizationInput, p *awsrest.Params) {
		p.Require("ClientId", in.ClientId)
		p.Require("ClientSecret", in.ClientSecret)
		p.Require("StartUrl", in.StartUrl)
	},
	Encode: func(in *StartDeviceAuthorizationInput, w *awsrest.RequestWriter) {
		w.String("clientId", in.ClientId)
		w.String("clientSecret", in.ClientSecret)
		w.String("startUrl", in.StartUrl)
	},
	Decode: func(o *awsrest.Object, out *StartDeviceAuthorizationOutput) {
		out.DeviceCode = o.String("deviceCode")
		out.ExpiresIn = o.Seconds("expiresIn")
		out.Interval = o.Seconds("interval")
		out.UserCode = o.String("userCode")
		out.VerificationUri = o.String("verificationUri")
		out.VerificationUriComplete = o.String("verificationUriComplete")
	},
	Metadata: func(out *StartDeviceAuthorizationOutput) *middleware.Metadata { return &out.ResultMetadata },
}
