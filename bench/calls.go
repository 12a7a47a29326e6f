package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/measure"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// pair returns the same call of both libraries.
func pair(latchkey, goSDK func() error) []measure.Call {
	return []measure.Call{{Name: peer.Latchkey, Do: latchkey}, {Name: peer.GoSDK, Do: goSDK}}
}

// calls fills a table with the costs of calls.
func (b *bench) calls(t *report.Table, calls []measure.Call) error {
	costs, err := measure.Calls(b.rounds(100), calls...)
	if err != nil {
		return err
	}
	for i, c := range costs {
		t.Add(calls[i].Name, 0, measure.Quantile(c.Times, 0.25), measure.Median(c.Times), c.Allocs, c.Bytes/1000)
	}
	return nil
}

func measureRetrieveMemory(ctx context.Context, b *bench, t *report.Table) error {
	l, err := newLibraries()
	if err != nil {
		return err
	}
	defer l.home.Close()
	latchkey, err := l.latchkey(l.home.Tokens(), nil)
	goSDK := l.goSDK()
	if err != nil {
		return err
	}
	return b.calls(t, pair(
		func() error { return retrieve(ctx, latchkey, nil) },
		func() error { return retrieve(ctx, goSDK, nil) },
	))
}

func measureRetrieveDisk(ctx context.Context, b *bench, t *report.Table) error {
	l, err := newLibraries()
	if err != nil {
		return err
	}
	defer l.home.Close()
	roles := rolecache.Dir(l.home.File("cli/cache"))
	latchkey := func() error {
		p, err := l.latchkey(unshared{Dir: l.home.Tokens()}, roles)
		return retrieve(ctx, p, err)
	}
	return b.calls(t, pair(latchkey, func() error { return retrieve(ctx, l.goSDK(), nil) }))
}

// loadProfile loads a profile from a config file.
type loadProfile struct {
	profiles int // in the file
}

func (m loadProfile) measure(ctx context.Context, b *bench, t *report.Table) error {
	path := filepath.Join(b.dir, "config")
	if err := m.write(path); err != nil {
		return err
	}
	return b.calls(t, m.calls(ctx, path, home.Profile))
}

// calls returns the calls that load a profile of a file.
func (m loadProfile) calls(ctx context.Context, path, name string) []measure.Call {
	return pair(
		func() error {
			_, err := m.latchkey(path, name, noEnv)
			return err
		},
		func() error {
			_, err := m.goSDK(ctx, path, name)
			return err
		},
	)
}

func noEnv(string) string { return "" }

func (m loadProfile) write(path string) error {
	return os.WriteFile(path, []byte(home.Config(m.profiles, "https://d-0123456789.awsapps.com/start", "us-east-1")), 0o600)
}

func (loadProfile) latchkey(path, name string, getenv func(string) string) (*profile.Profile, error) {
	return profile.Load(name, func(o *profile.Options) {
		o.ConfigFile, o.CredentialsFile, o.Getenv = path, os.DevNull, getenv
	})
}

func (loadProfile) goSDK(ctx context.Context, path, name string) (config.SharedConfig, error) {
	return config.LoadSharedConfigProfile(ctx, name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
	})
}
