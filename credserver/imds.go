package credserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// imdsPrefix precedes the secret in the path of a profile's IMDS endpoint.
	imdsPrefix = "/imds/"

	imdsTokenPath = "latest/api/token"
	imdsRolesPath = "latest/meta-data/iam/security-credentials"
	imdsTTLHeader = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	imdsTokenName = "X-Aws-Ec2-Metadata-Token" //nolint:gosec // G101: the name of a header

	maxIMDSTTL = 21600 // seconds, as on EC2
)

// IMDSEndpoint returns the AWS_EC2_METADATA_SERVICE_ENDPOINT for a profile on a server that listens on
// address (host:port). It serves credentials with IMDSv2, the EC2 instance metadata service, to programs
// that support nothing else. IMDS clients do not authenticate, so the URL contains a 256-bit secret:
// treat it like a token. The secret is in the path, which botocore keeps, and in the user info, which
// the Go SDK keeps. The JavaScript SDK drops both and cannot use the endpoint. Only requests from the
// local machine are allowed. The result is empty if the profile is not served or Options.IMDS is off.
func (s *Server) IMDSEndpoint(profile, address string) Secret {
	p := s.profiles[profile]
	if p == nil || !s.opts.IMDS {
		return ""
	}
	secret := p.imdsKey.secret()
	return "http://imds:" + secret + "@" + Secret(address) + imdsPrefix + secret
}

// imdsRequest returns the secret and the remaining path of an IMDS request. ok is false for any other
// request.
func imdsRequest(r *http.Request) (secret, rest string, ok bool) {
	if after, found := strings.CutPrefix(r.URL.Path, imdsPrefix); found {
		secret, rest, _ = strings.Cut(after, "/")
		return secret, strings.Trim(rest, "/"), true
	}
	if !strings.HasPrefix(r.URL.Path, "/latest/") {
		return "", "", false
	}
	_, secret, _ = r.BasicAuth()
	return secret, strings.Trim(r.URL.Path, "/"), true
}

func (s *Server) respondIMDS(r *http.Request, secret, rest string) (*served, response) {
	p := s.profileOfIMDS(secret)
	if p == nil {
		return nil, errorResponse(http.StatusForbidden, CodeAccessDenied, "the secret in the endpoint is invalid, or IMDS is off")
	}
	if remote, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && !remote.Addr().Unmap().IsLoopback() {
		return p, errorResponse(http.StatusForbidden, CodeAccessDenied, "IMDS requests are allowed only from this machine")
	}
	switch {
	case rest == imdsTokenPath && r.Method == http.MethodPut:
		return p, s.newIMDSToken(p, r.Header.Get(imdsTTLHeader))
	case r.Method != http.MethodGet:
		return p, errorResponse(http.StatusMethodNotAllowed, CodeInvalidRequest, "only GET is allowed, except PUT for the token")
	case !s.validIMDSToken(p, r.Header.Get(imdsTokenName)):
		return p, errorResponse(http.StatusUnauthorized, CodeUnauthorized, "the request needs an IMDSv2 session token")
	case rest == imdsRolesPath:
		return p, response{status: http.StatusOK, body: []byte(p.imdsRole()), text: true}
	case rest == imdsRolesPath+"/"+p.imdsRole():
		return p, s.imdsCredentials(r, p)
	}
	return p, errorResponse(http.StatusNotFound, CodeInvalidRequest, "no such path")
}

func (s *Server) profileOfIMDS(secret string) *served {
	if !s.opts.IMDS {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	for _, p := range s.profiles {
		if p.imdsKey.accepts(sum, s.opts.Now()) {
			return p
		}
	}
	return nil
}

// imdsRole returns the name of the role in IMDS.
func (p *served) imdsRole() string {
	if p.Role == "" {
		return "role"
	}
	return path.Base(p.Role)
}

// newIMDSToken returns a session token that is valid for ttl seconds. It is signed, not stored.
func (s *Server) newIMDSToken(p *served, ttl string) response {
	seconds, err := strconv.Atoi(ttl)
	if err != nil || seconds < 1 || seconds > maxIMDSTTL {
		return errorResponse(http.StatusBadRequest, CodeInvalidRequest, imdsTTLHeader+" must be a number of seconds from 1 to 21600")
	}
	end := binary.BigEndian.AppendUint64(nil, uint64(s.opts.Now().Unix()+int64(seconds))) //nolint:gosec // G115: after 1970
	return response{
		status:  http.StatusOK,
		body:    []byte(base64.RawURLEncoding.EncodeToString(append(end, s.signIMDS(p, end)...))),
		text:    true,
		headers: []string{imdsTTLHeader, ttl},
	}
}

func (s *Server) validIMDSToken(p *served, token string) bool {
	const dateSize = 8
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) != dateSize+sha256.Size {
		return false
	}
	end := data[:dateSize]
	return hmac.Equal(data[dateSize:], s.signIMDS(p, end)) &&
		s.opts.Now().Unix() < int64(binary.BigEndian.Uint64(end)) //nolint:gosec // G115: what newIMDSToken signed
}

func (s *Server) signIMDS(p *served, end []byte) []byte {
	mac := hmac.New(sha256.New, s.imdsKey[:])
	mac.Write(end)
	mac.Write([]byte(p.Name))
	return mac.Sum(nil)
}

// imdsJSON is the IMDS response for a role. Errors have status 200 and a Code other than Success.
type imdsJSON struct {
	Code            string
	Message         string `json:",omitempty"`
	LastUpdated     string
	Type            string `json:",omitempty"`
	AccessKeyID     string `json:"AccessKeyId,omitempty"`
	SecretAccessKey string `json:",omitempty"`
	Token           string `json:",omitempty"`
	Expiration      string `json:",omitempty"`
	AccountID       string `json:"AccountId,omitempty"`
}

func (s *Server) imdsCredentials(r *http.Request, p *served) response {
	updated := s.opts.Now().UTC().Format(time.RFC3339)
	c, err := p.credentials(r.Context())
	if err != nil {
		res := s.failure(err)
		res.status = http.StatusOK
		res.body, _ = json.Marshal(imdsJSON{Code: res.code, Message: res.message, LastUpdated: updated})
		return res
	}
	body, _ := json.Marshal(imdsJSON{
		Code: "Success", LastUpdated: updated, Type: "AWS-HMAC",
		AccessKeyID: c.creds.AccessKeyID, SecretAccessKey: c.creds.SecretAccessKey,
		Token: c.creds.SessionToken, Expiration: c.expiry, AccountID: c.creds.AccountID,
	})
	return response{status: http.StatusOK, body: body}
}
