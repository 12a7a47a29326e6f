package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/latchkey-sso/latchkey/bench/fleet"
	"github.com/latchkey-sso/latchkey/bench/measure"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
)

// fleetClients are the clients of a fleet.
const fleetClients = 10_000

var fleetColumns = []report.Column{
	{Name: "got credentials"},
	{Name: "refreshes"},
	{Name: "role requests"},
	{Name: "lost the sign-in"},
	{Name: "p50", Unit: "s"},
	{Name: "p99", Unit: "s"},
	{Name: "max", Unit: "s"},
	{Name: "Redis requests, per client"},
	{Name: "per second"},
	{Name: "received", Unit: "MB"},
	{Name: "sent", Unit: "MB"},
	{Name: "processor", Unit: "s"},
}

func measureFleet(ctx context.Context, b *bench, t *report.Table) error {
	clients := fleetClients
	if b.quick {
		clients = 100
	}
	for _, row := range []struct {
		who     string
		clients int
		run     func(context.Context, string, int) (*fleet.Result, error)
	}{
		{peer.Latchkey, clients, fleet.Latchkey},
		{fmt.Sprintf("Latchkey, %d clients", clients/10), clients / 10, fleet.Latchkey},
		{peer.GoSDK, clients, fleet.GoSDK},
	} {
		b.progress(row.who)
		r, err := row.run(ctx, b.dir, row.clients)
		switch {
		case errors.Is(err, exec.ErrNotFound):
			t.AddMissing(row.who, "redis-server is not installed")
			continue
		case err != nil:
			return err
		}
		for text, n := range r.Errors {
			if row.who != peer.GoSDK {
				return fmt.Errorf("%d of %d clients: %s", n, row.clients, text)
			}
		}
		seconds := func(share float64) float64 { return measure.Quantile(r.Times, share) / 1e3 }
		t.Add(row.who, 0, float64(r.Succeeded), float64(r.Refreshes), float64(r.RoleRequests), float64(r.Lost),
			seconds(0.5), seconds(0.99), seconds(1), r.Redis.Requests/float64(row.clients), r.Redis.Requests/seconds(1),
			r.Redis.Received/1e6, r.Redis.Sent/1e6, r.Redis.CPU)
	}
	return nil
}
