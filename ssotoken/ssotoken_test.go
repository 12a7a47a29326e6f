package ssotoken_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// world is an Identity Center with a sign-in.
type world struct{ *ssotest.World }

func newWorld(t *testing.T, optFns ...func(*idctest.Options)) *world {
	t.Helper()
	return &world{ssotest.NewWorld(t, optFns...)}
}

func (w *world) source(p *profile.Profile, optFns ...func(*ssotoken.Options)) *ssotoken.Source {
	w.T.Helper()
	source, err := ssotoken.New(p.SignIn(), append([]func(*ssotoken.Options){w.options}, optFns...)...)
	if err != nil {
		w.T.Fatal(err)
	}
	return source
}

func (w *world) options(o *ssotoken.Options) {
	o.TokenCache = w.Tokens
	o.Now = w.Now
	o.Logger = w.Logger()
	o.ClientConfig = func() aws.Config { return aws.Config{RetryMaxAttempts: 1} }
	ssotoken.SetWaits(adoptWait, adoptWait, 0)(o)
}

func retrieve(t *testing.T, s *ssotoken.Source) *tokencache.Token {
	t.Helper()
	tok, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tok
}
