package credserver

import (
	"context"
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
	// imdsPrefix comes before the secret of a profile's IMDS.
	imdsPrefix = "/imds/"

	imdsTokenPath = "latest/api/token"
	imdsRolesPath = "latest/meta-data/iam/security-credentials"
	imdsTTLHeader = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	imdsTokenName = "X-Aws-Ec2-Metadata-Token" //nolint:gosec // G101: the name of a header

	longestIMDSTTL = 21600 // seconds, as on EC2
)

// IMDSPath returns the path under which the server speaks IMDSv2, the metadata service of EC2,
// for a profile: http://host:port and this path are what AWS_EC2_METADATA_SERVICE_ENDPOINT takes.
// It is for programs that know no other source. IMDS has no secret that only its clients
// know, so the path has one, of 256 bits: the path is as secret as a token, and a program that
// drops the path of its endpoint, such as the JavaScript SDK, cannot use it. Requests
// are responded to only from this machine. The result is "" if the profile is not served.
func (s *Server) IMDSPath(profile string) Secret {
	p := s.profiles[profile]
	if p == nil || !s.opts.IMDS {
		return ""
	}
	return imdsPrefix + p.imdsPath.secret()
}

// respondIMDS is respond for paths of IMDS.
func (s *Server) respondIMDS(r *http.Request) (*served, response) {
	secret, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, imdsPrefix), "/")
	p := s.profileOfIMDS(secret)
	if p == nil {
		return nil, refuse(http.StatusNotFound, CodeInvalidRequest, "there is nothing at this path")
	}
	if remote, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && !remote.Addr().Unmap().IsLoopback() {
		return p, refuse(http.StatusForbidden, CodeAccessDenied, "IMDS is served to this machine only")
	}
	rest = strings.Trim(rest, "/")
	switch {
	case rest == imdsTokenPath && r.Method == http.MethodPut:
		return p, s.newIMDSToken(p, r.Header.Get(imdsTTLHeader))
	case r.Method != http.MethodGet:
		return p, refuse(http.StatusMethodNotAllowed, CodeInvalidRequest, "only GET is served, and PUT of the token")
	case !s.validIMDSToken(p, r.Header.Get(imdsTokenName)):
		return p, refuse(http.StatusUnauthorized, CodeUnauthorized, "the request needs a session token of IMDSv2")
	case rest == imdsRolesPath:
		return p, response{status: http.StatusOK, body: []byte(p.imdsRole()), text: true}
	case rest == imdsRolesPath+"/"+p.imdsRole():
		return p, s.imdsCredentials(r, p)
	}
	return p, refuse(http.StatusNotFound, CodeInvalidRequest, "there is nothing at this path")
}

func (s *Server) profileOfIMDS(secret string) *served {
	if !s.opts.IMDS {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	for _, p := range s.profiles {
		if p.imdsPath.opens(sum, s.opts.Now()) {
			return p
		}
	}
	return nil
}

// imdsRole is the name of the role as IMDS shows it.
func (p *served) imdsRole() string {
	if p.Role == "" {
		return "role"
	}
	return path.Base(p.Role)
}

// newIMDSToken returns a session token for so many seconds. It is signed, so that nothing
// has to be remembered of it.
func (s *Server) newIMDSToken(p *served, ttl string) response {
	seconds, err := strconv.Atoi(ttl)
	if err != nil || seconds < 1 || seconds > longestIMDSTTL {
		return refuse(http.StatusBadRequest, CodeInvalidRequest, imdsTTLHeader+" has to be a number of seconds from 1 to 21600")
	}
	end := binary.BigEndian.AppendUint64(nil, uint64(s.opts.Now().Unix()+int64(seconds))) //nolint:gosec // G115: a date after 1970
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

// imdsJSON is the document of a role. Errors have status 200 and another Code.
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
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	updated := s.opts.Now().UTC().Format(time.RFC3339)
	c, err := p.held.get(ctx)
	if err != nil {
		res := s.failure(err)
		res.status = http.StatusOK
		res.body, _ = json.Marshal(imdsJSON{Code: res.code, Message: res.message, LastUpdated: updated})
		return res
	}
	body, _ := json.Marshal(imdsJSON{ //nolint:gosec // G117: the response is for it
		Code: "Success", LastUpdated: updated, Type: "AWS-HMAC",
		AccessKeyID: c.creds.AccessKeyID, SecretAccessKey: c.creds.SecretAccessKey,
		Token: c.creds.SessionToken, Expiration: c.expiry, AccountID: c.creds.AccountID,
	})
	return response{status: http.StatusOK, body: body}
}
