package awsrest_test

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// The types of HTTP/2 frames (RFC 9113 section 6), and their flags that matter here.
const (
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7

	flagAck       = 1
	flagEndStream = 1
)

// frame is an HTTP/2 frame.
type frame struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

func (f frame) write(w io.Writer) error {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(f.payload))<<8|uint32(f.kind))
	head = binary.BigEndian.AppendUint32(append(head, f.flags), f.stream)
	_, err := w.Write(append(head, f.payload...))
	return err
}

func readFrame(r io.Reader) (frame, error) {
	head := make([]byte, 9)
	if _, err := io.ReadFull(r, head); err != nil {
		return frame{}, err
	}
	size := binary.BigEndian.Uint32(head) >> 8
	f := frame{kind: head[3], flags: head[4], stream: binary.BigEndian.Uint32(head[5:]), payload: make([]byte, size)}
	_, err := io.ReadFull(r, f.payload)
	return f, err
}

// words is a payload of 32-bit numbers.
func words(values ...uint32) (payload []byte) {
	for _, v := range values {
		payload = binary.BigEndian.AppendUint32(payload, v)
	}
	return payload
}

// resettingServer takes requests whole over HTTP/2, counts them, and answers each with the same frames.
func resettingServer(t *testing.T, n *atomic.Int32, answer func(stream uint32) []frame) (url string, client *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.EnableHTTP2 = true
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
			if _, err := io.ReadFull(conn, preface); err != nil {
				return
			}
			answers := []frame{{kind: frameSettings}}
			for {
				for _, a := range answers {
					if a.write(conn) != nil {
						return
					}
				}
				f, err := readFrame(conn)
				answers = nil
				switch {
				case err != nil:
					return
				case f.kind == frameSettings && f.flags&flagAck == 0:
					answers = []frame{{kind: frameSettings, flags: flagAck}}
				case f.kind <= frameHeaders && f.flags&flagEndStream != 0:
					n.Add(1)
					answers = answer(f.stream)
				}
			}
		},
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	client = server.Client()
	t.Cleanup(client.CloseIdleConnections)
	return server.URL, client
}

// TestNoReplay holds that what has a body is sent once for each of our attempts, and never again by
// net/http, which would repeat at once and without end what HTTP/2 calls refused; and that there is an
// end to what has none.
func TestNoReplay(t *testing.T) {
	reset := func(code uint32) func(uint32) []frame {
		return func(stream uint32) []frame { return []frame{{kind: frameReset, stream: stream, payload: words(code)}} }
	}
	faults := map[string]func(stream uint32) []frame{
		"PROTOCOL_ERROR":    reset(1),
		"INTERNAL_ERROR":    reset(2),
		"REFUSED_STREAM":    reset(7),
		"ENHANCE_YOUR_CALM": reset(11),
		"GOAWAY":            func(uint32) []frame { return []frame{{kind: frameGoAway, payload: words(0, 0)}} },
	}
	for name, answer := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // net/http waits a second between some of its tries
			var n atomic.Int32
			url, client := resettingServer(t, &n, answer)
			check := func(client any, operation, grant string, least, most int32) {
				n.Store(0)
				_, err := resttest.Call(t.Context(), t, client, operation, func(in any) {
					resttest.FillSnapshot(in)
					setGrant(in, grant)
				})
				if got := n.Load(); err == nil || got < least || got > most {
					t.Errorf("%s %s: %d requests, want %d to %d; error %v", operation, grant, got, least, most, err)
				}
			}
			oidc := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &url, HTTPClient: client, Retryer: noWait(), Credentials: static})
			for _, operation := range resttest.Operations(oidc) {
				once := strings.HasPrefix(operation, "CreateToken")
				for _, grant := range []string{"refresh_token", "authorization_code"} {
					if once {
						check(oidc, operation, grant, 1, 1)
					}
				}
				check(oidc, operation, "urn:ietf:params:oauth:grant-type:device_code", 3, 3)
			}
			portal := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &url, HTTPClient: client, RetryMaxAttempts: 1})
			check(portal, "ListAccounts", "", 1, 3)
			check(portal, "Logout", "", 1, 3)
		})
	}
}

// setGrant sets the grant type of an input that has one.
func setGrant(in any, grant string) {
	switch in := in.(type) {
	case *ssooidc.CreateTokenInput:
		in.GrantType = &grant
	case *ssooidc.CreateTokenWithIAMInput:
		in.GrantType = &grant
	}
}
