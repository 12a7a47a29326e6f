package provider_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// BenchmarkToken is a bearer token that needs no refresh, read from its file.
func BenchmarkToken(b *testing.B) {
	tokens := tokencache.Dir(filepath.Join(b.TempDir(), "tokens"))
	tok := &tokencache.Token{
		StartURL: "https://d-1234567890.awsapps.com/start", Region: "eu-west-1",
		AccessToken: "access", ExpiresAt: time.Now().Add(time.Hour),
	}
	if err := tokens.Store(b.Context(), "corp", tok); err != nil {
		b.Fatal(err)
	}
	p := benchmarked(b, tokens, nil)
	for b.Loop() {
		if _, err := p.RetrieveBearerToken(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoleCache is role credentials read from the role cache, as by each process
// of credential_process.
func BenchmarkRoleCache(b *testing.B) {
	roles := rolecache.Dir(filepath.Join(b.TempDir(), "roles"))
	creds := &rolecache.Credentials{
		AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "session",
		Expires: time.Now().Add(time.Hour), AccountID: account,
	}
	prof := benchmarkProfile()
	if err := roles.Store(b.Context(), roleKey(prof), creds); err != nil {
		b.Fatal(err)
	}
	tokens := tokencache.Dir(b.TempDir())
	for b.Loop() {
		// Of a cache that cannot be compared: nothing is shared in memory.
		p := benchmarked(b, incomparable{Dir: tokens}, incomparableRoles{Dir: roles})
		if _, err := p.Retrieve(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

type incomparableRoles struct {
	rolecache.Dir
	_ []int
}

func benchmarkProfile() *profile.Profile {
	return &profile.Profile{
		Name:      "dev",
		Session:   &profile.Session{Name: "corp", StartURL: "https://d-1234567890.awsapps.com/start", Region: "eu-west-1"},
		AccountID: account, RoleName: "Developer",
	}
}

func benchmarked(b *testing.B, tokens tokencache.Cache, roles rolecache.Cache) *provider.Provider {
	b.Helper()
	p, err := provider.New(benchmarkProfile(), func(o *provider.Options) { o.TokenCache, o.RoleCache = tokens, roles })
	if err != nil {
		b.Fatal(err)
	}
	return p
}
