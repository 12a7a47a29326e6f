package credserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/credserver"
)

// A server of one profile, and the request that an SDK sends.
func Example() {
	// In a real program: provider.Load("dev").
	dev := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "session",
			CanExpire: true, Expires: time.Now().Add(time.Hour),
		}, nil
	})
	s, err := credserver.New(credserver.Options{
		Profiles: []credserver.Profile{{Name: "dev", Credentials: dev}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go s.Serve(l) //nolint:errcheck // returns nil after Close

	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+l.Addr().String()+s.Path("dev"), nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", string(s.Token("dev")))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct{ AccessKeyId string } //nolint:revive // the member's name
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, got.AccessKeyId)
	// Output: 200 OK ASIAEXAMPLE
}
