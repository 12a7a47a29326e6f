package login_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/login"
)

// Show the page and the code, and wait for the user to approve. A program that can open a browser sets
// ShowURL and OpenBrowser too: Login then uses the authorization code flow.
func ExampleLogin() {
	signIn, _, tokens, stop := ssotest.SignedIn(func(o *idctest.Options) { o.AutoApprove = true })
	defer stop()
	ctx := context.Background()

	ui := login.UI{ShowCode: func(code login.DeviceCode) {
		fmt.Fprintln(os.Stderr, "Open", code.VerificationURIComplete, "and check that it shows", code.UserCode)
	}}
	token, err := login.Login(ctx, signIn, ui, func(o *login.Options) { o.TokenCache = tokens })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.StartURL, token.AccessToken)

	signedOut, err := login.Logout(ctx, signIn, func(o *login.Options) { o.TokenCache = tokens })
	fmt.Println(signedOut, err)
	// Output:
	// https://d-0123456789.awsapps.com/start [redacted]
	// true <nil>
}
