package awsrest

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Interfaces of the elements of aws.Config.ConfigSources, which config.LoadDefaultConfig sets.
type (
	fipsSource interface {
		GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
	}
	dualStackSource interface {
		GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
	}
	ignoreSource interface {
		GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
	}
	endpointSource interface {
		GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
	}
)

// OptionsFromConfig returns the options in cfg for a service.
func OptionsFromConfig(cfg aws.Config, serviceID string) Options {
	o := Options{
		APIOptions:                 cfg.APIOptions,
		AppID:                      cfg.AppID,
		BaseEndpoint:               baseEndpoint(cfg, serviceID),
		ClientLogMode:              cfg.ClientLogMode,
		Credentials:                cfg.Credentials,
		DisableClockSkewCorrection: cfg.DisableClockSkewCorrection,
		HTTPClient:                 cfg.HTTPClient,
		Interceptors:               cfg.Interceptors,
		Logger:                     cfg.Logger,
		Region:                     cfg.Region,
		RetryMaxAttempts:           cfg.RetryMaxAttempts,
		RetryMode:                  cfg.RetryMode,
	}
	if cfg.Retryer != nil {
		o.Retryer = cfg.Retryer()
	}
	o.EndpointOptions.UseFIPSEndpoint, _ = lookUp(cfg.ConfigSources, fipsSource.GetUseFIPSEndpoint)
	o.EndpointOptions.UseDualStackEndpoint, _ = lookUp(cfg.ConfigSources, dualStackSource.GetUseDualStackEndpoint)
	return o
}

// lookUp returns the value of the first source that has one. Like the SDK's clients, it treats an error as no value:
// config.LoadDefaultConfig has reported it.
func lookUp[Source, Value any](sources []any, get func(Source, context.Context) (Value, bool, error)) (Value, bool) {
	var none Value
	for _, s := range sources {
		source, ok := s.(Source)
		if !ok {
			continue
		}
		value, found, err := get(source, context.Background()) // the values are in memory
		if err != nil {
			return none, false
		}
		if found {
			return value, true
		}
	}
	return none, false
}

// baseEndpoint returns the endpoint configured for the service ("Service-specific endpoints" in the AWS SDKs and Tools
// Reference Guide). In order of precedence: the service's environment variable, the global variable, the profile's
// services section, its endpoint_url. cfg.BaseEndpoint is the second or last of these, or set by the program.
func baseEndpoint(cfg aws.Config, serviceID string) *string {
	if ignore, _ := lookUp(cfg.ConfigSources, ignoreSource.GetIgnoreConfiguredEndpoints); ignore {
		return cfg.BaseEndpoint
	}
	const variable = "AWS_ENDPOINT_URL"
	global := os.Getenv(variable)
	service := os.Getenv(variable + "_" + strings.ToUpper(strings.ReplaceAll(serviceID, " ", "_")))
	if global != "" && service == "" {
		if cfg.BaseEndpoint == nil && len(cfg.ConfigSources) > 0 {
			return &global // cfg was copied before config.LoadDefaultConfig set the endpoint
		}
		return cfg.BaseEndpoint
	}
	endpoint, ok := lookUp(cfg.ConfigSources, func(s endpointSource, ctx context.Context) (string, bool, error) {
		return s.GetServiceBaseEndpoint(ctx, serviceID)
	})
	if ok {
		return &endpoint
	}
	return cfg.BaseEndpoint
}
