package main

import (
	"context"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
	"github.com/latchkey-sso/latchkey/bench/serve"
)

func measureServe(ctx context.Context, b *bench, t *report.Table) error {
	requests := 1_000_000
	if b.quick {
		requests = 1000
	}
	costs, err := compareEndpoints(ctx, b.dir, requests)
	if err != nil {
		return err
	}
	for i, name := range endpointNames {
		t.Add(name, 0, costs[i].P50, costs[i].P99, costs[i].CPU, costs[i].Grown)
	}
	return nil
}

// endpointNames are the names of the endpoints that compareEndpoints measures. The endpoint of aws-vault works like the
// minimal one.
var endpointNames = []string{peer.Latchkey, "a minimal endpoint"}

// compareEndpoints measures endpoints with the programs in dir.
func compareEndpoints(ctx context.Context, dir string, requests int) ([]serve.Cost, error) {
	h, err := home.New(1)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	latchkey, err := serve.Latchkey(ctx, dir, h.Env(), home.Profile)
	if err != nil {
		return nil, err
	}
	defer latchkey.Close()
	bare, err := serve.Bare(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer bare.Close()
	return serve.Compare(ctx, dir, requests, latchkey, bare)
}
