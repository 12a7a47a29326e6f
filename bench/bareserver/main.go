// Command bareserver is a minimal container-credentials endpoint: a mux, a token, and an
// aws.CredentialsCache whose credentials it encodes for each request. The endpoint of aws-vault works
// the same way.
//
// It prints its URL and its token.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const token = "bare-token"

func main() {
	cache := aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{ //nolint:gosec // G101: the keys of examples
			AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SessionToken: strings.Repeat("x", 300),
			CanExpire: true, Expires: time.Now().Add(time.Hour),
		}, nil
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != token {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		creds, err := cache.Retrieve(r.Context())
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{
			"AccessKeyId": creds.AccessKeyID, "SecretAccessKey": creds.SecretAccessKey,
			"Token": creds.SessionToken, "Expiration": creds.Expires.UTC().Format(time.RFC3339),
		})
	})
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bareserver:", err)
		os.Exit(1)
	}
	fmt.Println("http://"+l.Addr().String()+"/", token)
	_ = http.Serve(l, mux) //nolint:gosec // G114: a minimal server
}
