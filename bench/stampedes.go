package main

import (
	"context"
	"fmt"

	"github.com/latchkey-sso/latchkey/bench/measure"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
	"github.com/latchkey-sso/latchkey/bench/stampede"
)

func measureStampede(ctx context.Context, b *bench, t *report.Table) error {
	for _, p := range b.measured(t, false) {
		if p.Name == peer.Floor {
			continue
		}
		if err := b.stampede(ctx, t, p, p.Name, b.processes); err != nil {
			return err
		}
		if p.Name == peer.Latchkey {
			more := 5 * b.processes
			if err := b.stampede(ctx, t, p, fmt.Sprintf("Latchkey, %d processes", more), more); err != nil {
				return err
			}
		}
	}
	return nil
}

// stampede adds a row for stampedes of a program: medians, and the worst and best round of those that got credentials.
func (b *bench) stampede(ctx context.Context, t *report.Table, p peer.Peer, name string, processes int) error {
	var got, refreshes, roles, took []float64
	var lost float64
	for range b.rounds(10) {
		r, err := stampede.Run(ctx, p, processes)
		switch {
		case err != nil && p.Ours:
			return err
		case err != nil:
			t.AddMissing(name, failed(err))
			return ctx.Err()
		}
		got = append(got, float64(r.Succeeded))
		refreshes = append(refreshes, float64(r.Refreshes))
		roles = append(roles, float64(r.RoleRequests))
		took = append(took, float64(r.Took.Milliseconds()))
		if r.Lost {
			lost++
		}
	}
	t.Add(name, 0, float64(processes), measure.Quantile(got, 0), measure.Quantile(got, 1), measure.Median(refreshes),
		measure.Median(roles), 100*lost/float64(len(got)), measure.Median(took))
	return nil
}
