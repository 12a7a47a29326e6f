// Package fleet measures clients on many machines that share a sign-in, at the time when its token expires for all of
// them.
package fleet

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// Session is the name of the sign-in.
const Session = "corp"

// Settings are the settings of a process of clients.
type Settings struct {
	Clients                  int
	Server, StartURL, Region string
	AccountID, RoleName      string

	Redis string // address of the server; empty for clients of the SDK
	Key   []byte // line of the key file

	Dir       string // of the token files of the SDK's clients
	TokenFile []byte // what they begin with
}

// Round is how clients got credentials at once.
type Round struct {
	Succeeded int
	Times     []float64      // until each got credentials or an error, in milliseconds
	Errors    map[string]int // how many clients got it
}

// Result is the result of a fleet.
type Result struct {
	Round
	Refreshes    int // CreateToken requests
	RoleRequests int // GetRoleCredentials requests
	Redis        Load
	// Lost is how many clients get no credentials when the new token has expired too.
	Lost int
}

// Timeout is that of the clients for the Redis server. It is longer than the default, since thousands of clients share the
// processors of one machine here.
const Timeout = time.Minute

// Latency is how long Identity Center takes for each response.
const Latency = 100 * time.Millisecond

const account = "111122223333"

// fleet is an Identity Center with a sign-in.
type fleet struct {
	center   *idctest.Server
	settings Settings
}

func newFleet() (*fleet, error) {
	center, err := idctest.Start(func(o *idctest.Options) {
		o.Latency = Latency
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})
	if err != nil {
		return nil, err
	}
	s := center.SignIn()
	return &fleet{center, Settings{
		Server: center.URL(), StartURL: s.StartURL, Region: s.Region, AccountID: account, RoleName: "Developer", TokenFile: s.TokenFile(),
	}}, nil
}

// GoSDK measures clients of the AWS SDK for Go that have a copy of the sign-in each. dir has the clients program.
func GoSDK(ctx context.Context, dir string, clients int) (*Result, error) {
	f, err := newFleet()
	if err != nil {
		return nil, err
	}
	defer f.center.Close()
	if f.settings.Dir, err = os.MkdirTemp("", "fleet-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(f.settings.Dir)
	p, err := start(ctx, dir, clients, f.settings)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return f.measure(ctx, p, nil, func() error { return nil }) // the clients expire their tokens
}

// Latchkey measures clients of Latchkey that share the sign-in on a Redis server. dir has the clients program.
func Latchkey(ctx context.Context, dir string, clients int) (*Result, error) {
	f, err := newFleet()
	if err != nil {
		return nil, err
	}
	defer f.center.Close()
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	s, err := newSignIn(server.addr, f.settings.TokenFile)
	if err != nil {
		return nil, err
	}
	defer s.client.Close()
	if err := s.expire(ctx); err != nil {
		return nil, err
	}
	f.settings.Redis, f.settings.Key = server.addr, s.key
	p, err := start(ctx, dir, clients, f.settings)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return f.measure(ctx, p, server, func() error { return s.expire(ctx) })
}

// signIn is the sign-in on a Redis server.
type signIn struct {
	client *redis.Client
	key    []byte // line of the key file
	token  *tokencache.Token
}

func newSignIn(addr string, tokenFile []byte) (*signIn, error) {
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	s := &signIn{key: []byte(base64.StdEncoding.EncodeToString(random))}
	keys, err := redis.ParseKeys(s.key)
	if err != nil {
		return nil, err
	}
	if s.token, err = tokencache.Parse(tokenFile); err != nil {
		return nil, err
	}
	s.client, err = redis.New(redis.Options{Addrs: []string{addr}, Keys: keys})
	return s, err
}

// expire stores what the sign-in is on the next day: an access token that has expired, and no role credentials.
func (s *signIn) expire(ctx context.Context) error {
	if stored, err := s.client.Tokens().Load(ctx, Session); err == nil {
		s.token = stored
	}
	s.token.ExpiresAt = time.Now().Add(-16 * time.Hour)
	if _, err := s.client.Roles().Clear(ctx); err != nil {
		return err
	}
	return s.client.Tokens().Store(ctx, Session, s.token)
}

// measure has all clients get credentials with a token that has expired, and then once more.
func (f *fleet) measure(ctx context.Context, p *processes, server *redisServer, expire func() error) (*Result, error) {
	f.center.ExpireAccessTokens()
	if err := expire(); err != nil {
		return nil, err
	}
	f.center.ResetRequests()
	before, err := server.load(ctx)
	if err != nil {
		return nil, err
	}
	var r Result
	if r.Round, err = p.round(); err != nil {
		return nil, err
	}
	after, err := server.load(ctx)
	if err != nil {
		return nil, err
	}
	r.Redis = after.minus(before)
	r.Refreshes, r.RoleRequests = f.center.Count("CreateToken"), f.center.Count("GetRoleCredentials")
	f.center.ExpireAccessTokens()
	if err := expire(); err != nil {
		return nil, err
	}
	again, err := p.round()
	r.Lost = len(again.Times) - again.Succeeded
	return &r, err
}
