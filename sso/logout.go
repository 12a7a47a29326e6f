package sso

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// Logout ends the sign-in that the access token belongs to. Role credentials got with it live on
// until they expire.
func (c *Client) Logout(ctx context.Context, params *LogoutInput, optFns ...func(*Options)) (*LogoutOutput, error) {
	return invoke(ctx, c, &logout, params, optFns)
}

// LogoutInput says which sign-in to end.
type LogoutInput struct {
	// AccessToken is the access token of the sign-in. Required. Secret.
	AccessToken *string
}

// LogoutOutput is empty: the service answers with nothing.
type LogoutOutput struct {
	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

var logout = awsrest.Operation[LogoutInput, LogoutOutput]{
	Spec: awsrest.Spec{Name: "Logout", Method: http.MethodPost, Path: "/logout"},
	Validate: func(in *LogoutInput, p *awsrest.Params) {
		p.RequireHeader("AccessToken", in.AccessToken)
	},
	Encode: func(in *LogoutInput, w *awsrest.RequestWriter) {
		w.Header(accessHeader, in.AccessToken)
	},
	Metadata: func(out *LogoutOutput) *middleware.Metadata { return &out.ResultMetadata },
}
