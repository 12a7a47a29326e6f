package ssoclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/profile"
)

// maxBundle is the size limit in bytes, far more than all public CAs need.
const maxBundle = 16 << 20

// HTTPClient returns client, trusting the sign-in's CA bundle if it has one. The error is a
// *profile.Error.
func HTTPClient(s profile.SignIn, client aws.HTTPClient) (aws.HTTPClient, error) {
	if s.CABundle == "" {
		return client, nil
	}
	client, err := WithCABundle(client, func() ([]byte, error) {
		return atomicfile.ReadShared(context.Background(), s.CABundle, maxBundle)
	})
	if err != nil {
		if file, ok := errors.AsType[*fs.PathError](err); ok {
			err = file.Err
		}
		bad := settingError(s, "ca_bundle", s.CABundle, fmt.Sprintf("is %q: read CA bundle: %v", s.CABundle, err),
			"set it to a file of PEM certificates, or remove it", "AWS_CA_BUNDLE")
		bad.Err = err
		return nil, bad
	}
	return client, nil
}

// WithCABundle returns a copy of client, or of the SDK's default client if nil, that trusts the
// PEM certificates that read returns instead of the system's roots. RootCAs of the client stay
// trusted. A client that is not an *awshttp.BuildableClient is returned unchanged.
func WithCABundle(client aws.HTTPClient, read func() ([]byte, error)) (aws.HTTPClient, error) {
	buildable, ok := client.(*awshttp.BuildableClient)
	switch {
	case client == nil:
		buildable = awshttp.NewBuildableClient()
	case !ok:
		return client, nil
	}
	pem, err := read()
	if err != nil {
		return nil, err
	}
	var found bool
	client = buildable.WithTransportOptions(func(tr *http.Transport) {
		if tr.TLSClientConfig == nil {
			tr.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		roots := x509.NewCertPool()
		if given := tr.TLSClientConfig.RootCAs; given != nil {
			roots = given.Clone()
		}
		found = roots.AppendCertsFromPEM(pem)
		tr.TLSClientConfig.RootCAs = roots
	})
	if !found {
		return nil, errors.New("no PEM certificate")
	}
	return client, nil
}
