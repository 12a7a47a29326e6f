package idctest

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	signingName = "sso-oauth"
	// maxSkew is how far a request's date may be from the server's clock.
	maxSkew = 5 * time.Minute
	// amzDateFormat is the format of X-Amz-Date.
	amzDateFormat = "20060102T150405Z"
)

// signature is an Authorization header of Signature Version 4.
type signature struct {
	accessKeyID           string
	date, region, service string // the credential scope
	signedHeaders         []string
	hex                   string
}

// parseSignature parses an Authorization header, with or without spaces after commas.
func parseSignature(header string) (sig signature, ok bool) {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok {
		return signature{}, false
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || parts["SignedHeaders"] == "" || parts["Signature"] == "" {
		return signature{}, false
	}
	return signature{
		accessKeyID:   scope[0],
		date:          scope[1],
		region:        scope[2],
		service:       scope[3],
		signedHeaders: strings.Split(parts["SignedHeaders"], ";"),
		hex:           parts["Signature"],
	}, true
}

// verifySignature rejects a request without a valid signature by the configured credentials.
func (s *Server) verifySignature(ctx context.Context, c *call) (rejection *response) {
	sig, date, rejection := s.signatureOf(c, signingName)
	if rejection != nil {
		return rejection
	}
	if sig.region != s.opts.Region {
		return reject(c, "InvalidSignatureException", "Credential should be scoped to a valid region.")
	}
	creds, err := s.opts.Credentials.Retrieve(ctx)
	if err != nil {
		return reject(c, "InternalServerException", "The server cannot get its credentials.")
	}
	return sig.verify(ctx, c, creds, date)
}

// signatureOf returns the signature and the date of a request, or rejects it if they are not for service
// or the current time.
func (s *Server) signatureOf(c *call, service string) (sig signature, date time.Time, rejection *response) {
	header := c.Header.Get("Authorization")
	if header == "" {
		return sig, date, reject(c, "MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	sig, ok := parseSignature(header)
	date, err := time.Parse(amzDateFormat, c.Header.Get("X-Amz-Date"))
	if !ok || err != nil || !slices.Contains(sig.signedHeaders, "host") || !slices.Contains(sig.signedHeaders, "x-amz-date") {
		return sig, date, reject(c, "IncompleteSignatureException", "The request signature does not conform to AWS standards.")
	}
	if sig.service != service || sig.date != date.Format("20060102") {
		return sig, date, reject(c, "InvalidSignatureException", "Credential should be scoped to the service "+service+", and the date of the request.")
	}
	if skew := c.now.Sub(date).Abs(); skew > maxSkew {
		return sig, date, reject(c, "InvalidSignatureException", "Signature expired or not yet current: check the clock.")
	}
	return sig, date, nil
}

// verify rejects a request that is not signed with creds.
func (sig signature) verify(ctx context.Context, c *call, creds aws.Credentials, date time.Time) (rejection *response) {
	if sig.accessKeyID != creds.AccessKeyID || c.Header.Get("X-Amz-Security-Token") != creds.SessionToken {
		return reject(c, "UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if !sig.matches(ctx, c, creds, date) {
		return reject(c, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.")
	}
	return nil
}

// matches signs the same parts of the request and compares the signatures.
func (sig signature) matches(ctx context.Context, c *call, creds aws.Credentials, date time.Time) bool {
	r := c.Clone(ctx)
	r.Header = http.Header{}
	r.ContentLength = 0
	for _, name := range sig.signedHeaders {
		switch {
		case name == "host": // always signed
		case name == "content-length":
			r.ContentLength = int64(len(c.body))
		case c.Header.Values(name) == nil:
			return false
		default:
			r.Header[http.CanonicalHeaderKey(name)] = c.Header.Values(name)
		}
	}
	sum := sha256.Sum256(c.body)
	err := v4.NewSigner().SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), sig.service, sig.region, date)
	if err != nil {
		return false
	}
	want, _ := parseSignature(r.Header.Get("Authorization"))
	return subtle.ConstantTimeCompare([]byte(want.hex), []byte(sig.hex)) == 1
}
