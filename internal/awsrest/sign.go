package awsrest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// resolveAuthScheme fails if a signed request has no credentials or region.
type resolveAuthScheme struct {
	signed  bool
	options Options
}

func (*resolveAuthScheme) ID() string { return "ResolveAuthScheme" }

func (m *resolveAuthScheme) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	switch {
	case m.signed && m.options.Credentials == nil:
		return out, metadata, errors.New("no credentials to sign the request with")
	case m.signed && m.options.Region == "":
		return out, metadata, errors.New("no region to sign the request for")
	}
	return next.HandleFinalize(ctx, in)
}

type credentialsKey struct{}

// getIdentity retrieves the credentials for signing.
type getIdentity struct {
	signed      bool
	credentials aws.CredentialsProvider
}

func (*getIdentity) ID() string { return "GetIdentity" }

func (m *getIdentity) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	if !m.signed {
		return next.HandleFinalize(ctx, in)
	}
	part := startPart(ctx, "GetIdentity", "client.call.auth.resolve_identity_duration")
	credentials, err := m.credentials.Retrieve(ctx)
	part.end()
	if err != nil {
		return out, metadata, fmt.Errorf("get credentials: %w", err)
	}
	return next.HandleFinalize(middleware.WithStackValue(ctx, credentialsKey{}, credentials), in)
}

// signRequest signs the request with SigV4.
type signRequest struct {
	client  *caller
	signed  bool
	options Options
	skew    time.Duration // of the server's clock, measured by the last attempt
}

func (*signRequest) ID() string { return "Signing" }

func (m *signRequest) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	if !m.signed {
		return next.HandleFinalize(ctx, in)
	}
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return out, metadata, errNotRequest
	}
	part := startPart(ctx, "SignRequest", "client.call.auth.signing_duration")
	err = m.sign(ctx, req)
	part.end()
	if err != nil {
		return out, metadata, fmt.Errorf("sign request: %w", err)
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	if skew, ok := awsmiddleware.GetAttemptSkew(metadata); ok {
		m.skew = skew
	}
	return out, metadata, err
}

func (m *signRequest) sign(ctx context.Context, req *smithyhttp.Request) error {
	credentials, _ := middleware.GetStackValue(ctx, credentialsKey{}).(aws.Credentials)
	region, _, err := parseRegion(m.options.Region)
	if err != nil {
		return err
	}
	at := m.options.Now().Add(m.skew)
	return m.client.signer.SignHTTP(ctx, credentials, req.Request, v4.GetPayloadHash(ctx), m.client.service.SigningName, region, at,
		func(o *v4.SignerOptions) {
			o.LogSigning = m.options.ClientLogMode.IsSigning()
			o.Logger = hideIn(middleware.GetLogger(ctx), credentials.SessionToken)
		})
}

// hideIn returns a logger that redacts secret in messages to l.
func hideIn(l logging.Logger, secret string) logging.Logger {
	return logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
		text := fmt.Sprintf(format, v...)
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redacted)
		}
		l.Logf(c, "%s", text)
	})
}
