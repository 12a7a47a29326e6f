package ssotest

import (
	"context"
	"log"
	"os"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// SignedIn stands in for "latchkey login" in an example. It returns the sign-in, the server and
// the token cache that it is in, and a function that cleans up.
func SignedIn(optFns ...func(*idctest.Options)) (signIn profile.SignIn, server *idctest.Server, tokens tokencache.Dir, stop func()) {
	dir, err := os.MkdirTemp("", "latchkey-example-")
	check(err)
	server, err = idctest.Start(optFns...)
	check(err)
	made := server.SignIn()
	token, err := tokencache.Parse(made.TokenFile())
	check(err)
	tokens = tokencache.Dir(dir)
	check(tokens.Store(context.Background(), "corp", token))
	signIn = profile.SignIn{
		Session:    &profile.Session{Name: "corp", StartURL: made.StartURL, Region: made.Region},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: server.URL(), SSOOIDC: server.URL()}},
	}
	return signIn, server, tokens, func() { server.Close(); os.RemoveAll(dir) }
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
