// Command bareserver is the least that a container-credentials endpoint can be, and in its making much
// like the endpoint of aws-vault: a mux, a token in the Authorization header, and an
// aws.CredentialsCache whose credentials are encoded for each request.
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

const token = "bare-token" //nolint:gosec // G101: there is nothing to protect

func main() {
	cache := aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "bareserver:", err)
		os.Exit(1)
	}
	fmt.Println("http://"+l.Addr().String()+"/", token)
	_ = http.Serve(l, mux) //nolint:gosec // G114: the least there can be
}
