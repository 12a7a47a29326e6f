package redis_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// TestGoProgram gets credentials in a Go program whose config file names the server.
func TestGoProgram(t *testing.T) {
	server := redistest.Start(t)
	setting := "redis://" + server.Addr() + "?timeout=1m&key_file=" + writeKeyFile(t)
	idc := idctest.NewServer(t)
	text := strings.NewReplacer("[default]", "[profile dev]", "sso_region", "latchkey_token_store = "+setting+"\nsso_region").Replace(idc.Config())
	idctest.Home(t, idc).Write("config", text)
	token, err := tokencache.Parse(idc.SignIn().TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	store, err := tokenstore.Open(setting, redis.Driver)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := store.Tokens.Store(ctx, sessionIn(text), token); err != nil {
		t.Fatal(err)
	}

	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev", latchkey.WithTokenStores(redis.Driver)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		t.Error(err)
	}
}

// sessionIn returns the name of the first sso-session in a config file.
func sessionIn(config string) string {
	name, _, _ := strings.Cut(config, "]")
	return strings.TrimPrefix(name, "[sso-session ")
}
