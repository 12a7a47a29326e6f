package idctest

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// AssumableRole is a role that callers may assume, and the conditions of its trust policy.
type AssumableRole struct {
	ARN        string // "arn:aws:iam::123456789012:role/Admin"
	ExternalID string // required external ID; empty means none
	MFASerial  string // serial number of the required MFA device; empty means none
	MFACode    string // the only valid MFA code
}

// caller is a principal with credentials that the server issued.
type caller struct {
	credentials aws.Credentials
	session     *session // the sign-in they were issued for
	identity    identity
}

// issue returns new credentials of an identity for a sign-in.
func (s *Server) issue(ses *session, id identity, expires time.Time) aws.Credentials {
	creds := aws.Credentials{
		AccessKeyID: newAccessKeyID(), SecretAccessKey: newSecretAccessKey(), SessionToken: newSessionToken(),
		CanExpire: true, Expires: expires,
	}
	s.state.callers[creds.AccessKeyID] = &caller{creds, ses, id}
	return creds
}

// callerOf returns the caller with an access key; nil if the server did not issue it.
func (s *Server) callerOf(accessKeyID string) *caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.callers[accessKeyID]
}

// verifyCaller rejects an STS request that is not signed with credentials that the server issued.
func (s *Server) verifyCaller(ctx context.Context, c *call) (rejection *response) {
	sig, date, rejection := s.signatureOf(c, "sts")
	if rejection != nil {
		return rejection
	}
	by := s.callerOf(sig.accessKeyID)
	if by == nil {
		return reject(c, "UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if rejection := sig.verify(ctx, c, by.credentials, date); rejection != nil {
		return rejection
	}
	if !c.now.Before(by.credentials.Expires) {
		return reject(c, "ExpiredToken", "The security token included in the request is expired")
	}
	c.caller = by
	return nil
}

// assumeRole implements AssumeRole in the AWS Query protocol.
func (s *Server) assumeRole(c *call) response {
	form, err := url.ParseQuery(string(c.body))
	if err != nil || form.Get("Action") != opAssumeRole || form.Get("Version") != "2011-06-15" {
		return errorResponse(c.op, "InvalidAction", "Could not find operation "+form.Get("Action")+" for version "+form.Get("Version"))
	}
	arn, name := form.Get("RoleArn"), form.Get("RoleSessionName")
	life, rejection := s.mayAssume(c, form)
	if rejection != nil {
		return *rejection
	}
	parts := strings.SplitN(arn, ":", 6)
	id := assumedRole(parts[1], parts[4], parts[5][strings.LastIndex(parts[5], "/")+1:], name)
	creds := s.issue(c.caller.session, id, c.now.Add(life).Truncate(time.Second))
	return xmlResponse(http.StatusOK, assumeRoleXML, id.userID, id.arn,
		creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken, creds.Expires.UTC().Format(time.RFC3339), newRequestID())
}

// mayAssume returns the lifetime of the credentials, or rejects the call.
func (s *Server) mayAssume(c *call, form url.Values) (life time.Duration, rejection *response) {
	arn := form.Get("RoleArn")
	if len(strings.SplitN(arn, ":", 6)) != 6 || form.Get("RoleSessionName") == "" {
		return 0, reject(c, "ValidationError", "RoleArn or RoleSessionName is not valid")
	}
	denied := reject(c, "AccessDenied", "User: arn:aws:sts::123456789012:assumed-role/idctest is not authorized to perform: sts:AssumeRole on resource: "+arn)
	if s.opts.AssumableRoles != nil {
		i := slices.IndexFunc(s.opts.AssumableRoles, func(r AssumableRole) bool { return r.ARN == arn })
		if i < 0 || !s.opts.AssumableRoles[i].trusts(form) {
			return 0, denied
		}
	}
	if c.caller.session.ended {
		return 0, denied
	}
	seconds := 3600
	if text := form.Get("DurationSeconds"); text != "" {
		var err error
		if seconds, err = strconv.Atoi(text); err != nil || seconds < 900 || seconds > 3600 {
			return 0, reject(c, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
		}
	}
	return time.Duration(seconds) * time.Second, nil
}

func (r AssumableRole) trusts(form url.Values) bool {
	return form.Get("ExternalId") == r.ExternalID &&
		form.Get("SerialNumber") == r.MFASerial && form.Get("TokenCode") == r.MFACode
}

// stsErrorResponse returns an STS error. STS has its own codes for signature errors.
func stsErrorResponse(code, message string) response {
	status := statusOf(code)
	switch code {
	case "MissingAuthenticationTokenException":
		code = "MissingAuthenticationToken"
	case "IncompleteSignatureException":
		code = "IncompleteSignature"
	case "InvalidSignatureException":
		code = "SignatureDoesNotMatch"
	case "UnrecognizedClientException":
		code = "InvalidClientTokenId"
	}
	fault := "Sender"
	if status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	return xmlResponse(status, stsErrorXML, fault, code, message, newRequestID())
}

// Response templates. Package encoding/xml would add start-up time to programs that link idctest.
const (
	assumeRoleXML = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>%s</AssumedRoleId>
      <Arn>%s</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>%s</AccessKeyId>
      <SecretAccessKey>%s</SecretAccessKey>
      <SessionToken>%s</SessionToken>
      <Expiration>%s</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>%s</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>
`
	stsErrorXML = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>%s</Type>
    <Code>%s</Code>
    <Message>%s</Message>
  </Error>
  <RequestId>%s</RequestId>
</ErrorResponse>
`
)

// xmlResponse returns a response in the AWS Query protocol: format with escaped texts.
func xmlResponse(status int, format string, texts ...string) response {
	escaped := make([]any, len(texts))
	for i, text := range texts {
		escaped[i] = html.EscapeString(text)
	}
	a := response{status: status, body: fmt.Appendf(nil, format, escaped...)}
	a.setHeader("Content-Type", "text/xml")
	return a
}
