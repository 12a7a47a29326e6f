package awsrest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// ruleError is an error of the endpoint rules, with the same text as in all AWS SDKs.
type ruleError string

func (e ruleError) Error() string { return string(e) }

const (
	errFIPSAndCustom      ruleError = "Invalid Configuration: FIPS and custom endpoint are not supported"
	errDualStackAndCustom ruleError = "Invalid Configuration: Dualstack and custom endpoint are not supported"
	errMissingRegion      ruleError = "Invalid Configuration: Missing Region"
)

// resolveEndpoint applies the endpoint rules. Services differ only in the prefix of the host name.
func resolveEndpoint(prefix string, o Options) (*url.URL, error) {
	region, fips, err := parseRegion(o.Region)
	if err != nil {
		return nil, err
	}
	fips = fips || o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	dualStack := o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
	custom := aws.ToString(o.BaseEndpoint)
	switch {
	case custom != "" && fips:
		return nil, errFIPSAndCustom
	case custom != "" && dualStack:
		return nil, errDualStackAndCustom
	case custom != "":
		return parseEndpoint(custom)
	case region == "":
		return nil, errMissingRegion
	default:
		return &url.URL{Scheme: "https", Host: regionalHost(prefix, region, fips, dualStack)}, nil
	}
}

// Endpoint returns the URL of the service.
func (s *Service) Endpoint(o Options) (*url.URL, error) {
	endpoint, err := resolveEndpoint(s.EndpointPrefix, o)
	if err != nil {
		return nil, fmt.Errorf("resolve endpoint: %w", err)
	}
	return endpoint, nil
}

func regionalHost(prefix, region string, fips, dualStack bool) string {
	p := partitionOf(region)
	suffix := p.dnsSuffix
	if dualStack {
		suffix = p.dualStackSuffix
	}
	// In GovCloud, the regular endpoints support FIPS, but the dual-stack endpoints do not.
	if fips && (p.name != "aws-us-gov" || dualStack) {
		prefix += "-fips"
	}
	return prefix + "." + region + "." + suffix
}

// parseRegion validates a region and splits legacy pseudo-regions ("fips-us-east-1", "us-east-1-fips").
func parseRegion(region string) (name string, fips bool, err error) {
	if region == "" {
		return "", false, nil
	}
	for label := range strings.SplitSeq(region, ".") {
		if !smithyhttp.ValidHostLabel(label) || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false, fmt.Errorf("invalid region %q: not part of a host name", region)
		}
	}
	if !strings.Contains(region, "-fips") && !strings.Contains(region, "fips-") {
		return region, false, nil
	}
	region = strings.ReplaceAll(region, "-fips-", "-")
	region = strings.ReplaceAll(region, "fips-", "")
	return strings.ReplaceAll(region, "-fips", ""), true, nil
}

// parseEndpoint parses a custom endpoint. Its path is a prefix of the operations' paths.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" && strings.Contains(endpoint, "@") { // quoting it may show a password
		return nil, errors.New("invalid endpoint: not a URL")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("invalid endpoint %q: not an absolute http or https URL", redact.URL(u))
	}
	return u, nil
}

// resolveEndpointMiddleware sets the endpoint of the request.
type resolveEndpointMiddleware struct {
	prefix  string
	options Options
}

func (*resolveEndpointMiddleware) ID() string { return "ResolveEndpointV2" }

func (m *resolveEndpointMiddleware) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, errNotRequest
	}
	part := startPart(ctx, "ResolveEndpoint", "client.call.resolve_endpoint_duration")
	defer part.end()
	endpoint, err := resolveEndpoint(m.prefix, m.options)
	if err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("resolve endpoint: %w", err)
	}
	part.span.SetProperty("client.call.resolved_endpoint", redact.URL(endpoint))

	req.URL.Scheme = endpoint.Scheme
	req.URL.Host = endpoint.Host
	if endpoint.RawPath != "" {
		req.URL.RawPath = smithyhttp.JoinPath(endpoint.RawPath, req.URL.Path)
	}
	req.URL.Path = smithyhttp.JoinPath(endpoint.Path, req.URL.Path)
	part.end()
	return next.HandleFinalize(ctx, in)
}
