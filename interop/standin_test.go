package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// standIn plays AWS's own hosts for one home directory, over TLS and behind a proxy: the AWS CLI
// of Debian 12 takes no other endpoints. It numbers its secrets, so that two stand-ins send
// the same responses to the same requests.
type standIn struct {
	proxy, bundle string // HTTPS_PROXY, AWS_CA_BUNDLE

	mu       sync.Mutex
	requests []string // since taken: the path, and the grant
	clients  int      // registered
	tokens   int      // issued
	pending  bool     // the next poll comes too early
	problems []string
}

// standInHosts are hosts of AWS, and one of an organization that redirects there.
var standInHosts = []string{
	"oidc.eu-west-1.amazonaws.com", "portal.sso.eu-west-1.amazonaws.com",
	"oidc.us-east-1.amazonaws.com", "portal.sso.us-east-1.amazonaws.com", "sts.eu-west-1.amazonaws.com",
	"sso.example.com",
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{}
	s.proxy, s.bundle = behindProxy(t, s)
	t.Cleanup(func() {
		for _, problem := range s.problems {
			t.Error(problem)
		}
	})
	return s
}

// behindProxy serves the hosts of AWS over TLS. It returns the address of a proxy that leads
// there, and the file of its certificate.
func behindProxy(t *testing.T, hosts http.Handler) (address, bundle string) {
	t.Helper()
	bundle = filepath.Join(t.TempDir(), "ca.pem")
	aws := httptest.NewUnstartedServer(hosts)
	aws.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, bundle)}, MinVersion: tls.VersionTLS12}
	aws.StartTLS()
	t.Cleanup(aws.Close)
	proxy := httptest.NewServer(tunnel(aws.Listener.Addr().String()))
	t.Cleanup(proxy.Close)
	return proxy.URL, bundle
}

// certificate returns one for the hosts of AWS that signs itself, and writes it to a bundle.
func certificate(t *testing.T, bundle string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: standInHosts, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	filetest.Write(t, bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tunnel is a proxy that leads to one address, whatever host is asked for.
func tunnel(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
			return
		}
		var d net.Dialer
		server, err := d.DialContext(r.Context(), "tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = server.Close()
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var in struct{ ClientID, ClientSecret, GrantType, DeviceCode, RefreshToken, StartURL string }
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			s.problems = append(s.problems, r.URL.Path+": "+err.Error())
		}
	}
	if r.URL.Path != "/client/register" && r.Method == http.MethodPost && (in.ClientID == "" || in.ClientSecret != "secret of "+in.ClientID) {
		s.problems = append(s.problems, fmt.Sprintf("%s: client %q with secret %q", r.URL.Path, in.ClientID, in.ClientSecret))
	}
	operation := strings.TrimSuffix(r.URL.Path+" "+in.GrantType[strings.LastIndexByte(in.GrantType, ':')+1:], " ")
	s.requests = append(s.requests, operation)
	switch operation {
	case "/start":
		w.Header().Set("Location", "https://ssoins-1.portal.eu-west-1.app.aws/")
		w.WriteHeader(http.StatusFound)
	case "/client/register":
		s.clients++
		id := fmt.Sprintf("client-%d", s.clients)
		reply(w, 200, `{"clientId":"`+id+`","clientSecret":"secret of `+id+`","clientIdIssuedAt":1,"clientSecretExpiresAt":2100000000}`)
	case "/device_authorization":
		s.pending = true
		reply(w, 200, `{"deviceCode":"device","userCode":"ABCD-EFGH","verificationUri":"https://device.sso.eu-west-1.amazonaws.com/",`+
			`"verificationUriComplete":"https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH","expiresIn":600,"interval":1}`)
	case "/token device_code":
		if s.pending {
			s.pending = false
			w.Header().Set("x-amzn-ErrorType", "AuthorizationPendingException")
			reply(w, 400, `{"error":"authorization_pending","error_description":""}`)
			return
		}
		s.token(w)
	case "/token refresh_token":
		if want := fmt.Sprintf("refresh-%d", s.tokens); in.RefreshToken != want {
			s.problems = append(s.problems, fmt.Sprintf("refresh token %q, want %q", in.RefreshToken, want))
		}
		s.token(w)
	case "/federation/credentials":
		reply(w, 200, fmt.Sprintf(`{"roleCredentials":{"accessKeyId":"ASIASTANDIN","secretAccessKey":"s","sessionToken":"t","expiration":%d}}`,
			time.Now().Add(time.Hour).UnixMilli()))
	default:
		s.problems = append(s.problems, "no operation "+r.Method+" "+operation)
		reply(w, 404, "{}")
	}
}

// token issues the next token.
func (s *standIn) token(w http.ResponseWriter) {
	s.tokens++
	reply(w, 200, fmt.Sprintf(`{"accessToken":"access-%d","tokenType":"Bearer","expiresIn":28800,"refreshToken":"refresh-%d"}`, s.tokens, s.tokens))
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// taken returns the requests since the last call, without polls that came too early.
func (s *standIn) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := slices.Compact(s.requests)
	s.requests = nil
	return requests
}
