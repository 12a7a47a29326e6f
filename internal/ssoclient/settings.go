package ssoclient

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
)

// Settings returns what config returns, overridden by client and logger, each of which may be
// nil. The Logger of the result is never nil.
func Settings(config func() aws.Config, client aws.HTTPClient, logger logging.Logger) aws.Config {
	var cfg aws.Config
	if config != nil {
		cfg = config()
	}
	if client != nil {
		cfg.HTTPClient = client
	}
	if logger != nil {
		cfg.Logger = logger
	}
	if cfg.Logger == nil {
		cfg.Logger = logging.Nop{}
	}
	return cfg
}
