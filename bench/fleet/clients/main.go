// Command clients is many clients in one process. It reads settings from the first line of its input. For each further
// line, all clients get credentials at once, and it writes how that went.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/bench/fleet"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	c := clients{}
	if err := json.Unmarshal(lines.Bytes(), &c.Settings); err != nil {
		return err
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	for lines.Scan() {
		round, err := c.round(ctx)
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(round)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// clients are machines. Those of Latchkey have a connection each, those of the SDK a token file each.
type clients struct {
	fleet.Settings
	redis []*redis.Client
}

// connect makes the connections, as clients that have been running have them.
func (c *clients) connect(ctx context.Context) error {
	if c.Redis == "" {
		return nil
	}
	keys, err := redis.ParseKeys(c.Key)
	if err != nil {
		return err
	}
	for range c.Clients {
		client, err := redis.New(redis.Options{Addrs: []string{c.Redis}, Keys: keys, Timeout: fleet.Timeout})
		if err == nil {
			_, err = client.Tokens().Load(ctx, fleet.Session)
		}
		if err != nil {
			return err
		}
		c.redis = append(c.redis, client)
	}
	return nil
}

// round has all clients get credentials at once.
func (c *clients) round(ctx context.Context) (*fleet.Round, error) {
	providers := make([]aws.CredentialsProvider, c.Clients)
	for i := range providers {
		var err error
		if c.Redis == "" {
			providers[i], err = c.goSDK(ctx, i)
		} else {
			providers[i], err = c.latchkey(c.redis[i])
		}
		if err != nil {
			return nil, err
		}
	}
	r := fleet.Round{Errors: map[string]int{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for _, p := range providers {
		wg.Go(func() {
			_, err := p.Retrieve(ctx)
			took := float64(time.Since(start).Nanoseconds()) / 1e6
			mu.Lock()
			defer mu.Unlock()
			r.Times = append(r.Times, took)
			if err == nil {
				r.Succeeded++
			} else {
				r.Errors[err.Error()]++
			}
		})
	}
	wg.Wait()
	return &r, nil
}

func (c *clients) latchkey(client *redis.Client) (aws.CredentialsProvider, error) {
	p := &profile.Profile{
		Name: "dev", AccountID: c.AccountID, RoleName: c.RoleName,
		Session:    &profile.Session{Name: fleet.Session, StartURL: c.StartURL, Region: c.Region},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: c.Server, SSOOIDC: c.Server}},
	}
	return provider.New(p, func(o *provider.Options) { o.TokenCache, o.RoleCache = client.Tokens(), client.Roles() })
}

// goSDK returns a provider as the SDK's config package makes it, for a client whose token has expired.
func (c *clients) goSDK(ctx context.Context, i int) (aws.CredentialsProvider, error) {
	dir := tokencache.Dir(filepath.Join(c.Dir, fmt.Sprint(i)))
	token, err := dir.Load(ctx, fleet.Session)
	if err != nil {
		token, err = tokencache.Parse(c.TokenFile)
	}
	if err != nil {
		return nil, err
	}
	token.ExpiresAt = time.Now().Add(-time.Hour)
	if err := write(dir.Path(fleet.Session), token); err != nil {
		return nil, err
	}
	cfg := aws.Config{Region: c.Region, BaseEndpoint: aws.String(c.Server)}
	p := ssocreds.New(sso.NewFromConfig(cfg), c.AccountID, c.RoleName, c.StartURL, func(o *ssocreds.Options) {
		o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(ssooidc.NewFromConfig(cfg), dir.Path(fleet.Session))
	})
	return aws.NewCredentialsCache(p), nil
}

// write writes a token file, without the care of [tokencache.Dir], which takes long for ten thousand of them.
func write(path string, token *tokencache.Token) error {
	content, err := token.Encode()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}
