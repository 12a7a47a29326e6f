package ssoclient

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
	"github.com/latchkey-sso/latchkey/internal/sts"
	"github.com/latchkey-sso/latchkey/profile"
)

// STS makes the STS client for p, as Portal does, with the region and the credentials of cfg.
func STS(p *profile.Profile, cfg aws.Config) (*sts.Client, error) {
	cfg, err := configFor(p.SignIn(), "AWS_ENDPOINT_URL_STS", p.Endpoints.STS, cfg)
	if err != nil {
		return nil, err
	}
	o := awsrest.OptionsFromConfig(cfg, sts.ServiceID)
	o.BaseEndpoint = configured(p.Endpoints.STS)
	o.EndpointOptions.UseFIPSEndpoint = fips(p.SignIn())
	o.EndpointOptions.UseDualStackEndpoint = dualStack(p.SignIn())
	return sts.New(o), nil
}
