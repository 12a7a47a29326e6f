package awsrest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/ssooidc"
)

// TestAnswerBeforeTheEnd holds that an answer is read whole whose server did not wait for the end of
// the request: a token in it may be the only one there is.
func TestAnswerBeforeTheEnd(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	body := `{"accessToken":"` + strings.Repeat("t", 500_000) + `","expiresIn":3600}`
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				if _, err := http.ReadRequest(r); err != nil {
					return
				}
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				_, _ = io.Copy(io.Discard, r)
			}()
		}
	}()
	endpoint := "http://" + listener.Addr().String()
	for range 50 {
		client := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: aws.NopRetryer{}})
		_, err := client.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
			ClientId: new("c"), ClientSecret: new(strings.Repeat("s", 300_000)), GrantType: new("refresh_token"), RefreshToken: new("r"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
