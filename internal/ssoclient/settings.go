package ssoclient

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
)

// Settings returns the result of config with HTTPClient and Logger replaced by client and
// logger. Each argument may be nil. The returned Logger is never nil.
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
