package awsrest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/ssooidc"
)

// closingServer serves one request on each connection and closes it when the next one arrives on it, as
// a server does whose patience with an idle connection ends at that very moment.
func closingServer(t *testing.T, served *atomic.Int32) (url string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				served.Add(1)
				const body = `{"clientId":"c","clientSecret":"s","accessToken":"a","refreshToken":"r","expiresIn":5}`
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				_, _ = r.Peek(1)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestIdleConnectionClosed holds that a refresh token is not lost to a connection that is kept alive and
// closed by the server as the request is sent: a server that never read it cannot be told from one that
// used the token up.
func TestIdleConnectionClosed(t *testing.T) {
	for name, client := range map[string]aws.HTTPClient{
		"default":            nil,
		"SDK":                awshttp.NewBuildableClient(),
		"net/http":           &http.Client{Transport: &http.Transport{}},
		"net/http's default": &http.Client{},
	} {
		t.Run(name, func(t *testing.T) {
			var served atomic.Int32
			url := closingServer(t, &served)
			c := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &url, HTTPClient: client, Retryer: noWait()})
			for range 3 { // leaves an idle connection, and finds it closed
				_, err := c.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")})
				if err != nil {
					t.Fatal(err)
				}
				served.Store(0)
				out, err := c.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
					ClientId: new("c"), ClientSecret: new("s"), GrantType: new("refresh_token"), RefreshToken: new("r"),
				})
				if err != nil || *out.RefreshToken != "r" || served.Load() != 1 {
					t.Errorf("%d requests served, error %v", served.Load(), err)
				}
			}
		})
	}
}
