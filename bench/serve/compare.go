package serve

import (
	"context"

	"github.com/latchkey-sso/latchkey/bench/measure"
)

// rounds is how often each endpoint is measured.
const rounds = 5

// Cost is what a response of an endpoint costs: medians of the rounds.
type Cost struct {
	P50, P99, CPU float64 // microseconds
	Grown         float64 // kB by which its memory grew after the first round
}

// Compare sends n requests to each endpoint, in turn.
func Compare(ctx context.Context, dir string, n int, endpoints ...*Endpoint) ([]Cost, error) {
	loads := make([][]Load, len(endpoints))
	costs := make([]Cost, len(endpoints))
	for round := -1; round < rounds; round++ { // the first warms up
		for i, e := range endpoints {
			l, err := e.Load(ctx, dir, n/rounds)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				loads[i] = append(loads[i], l)
				continue
			}
			if costs[i].Grown, err = e.Resident(); err != nil {
				return nil, err
			}
		}
	}
	for i, e := range endpoints {
		after, err := e.Resident()
		if err != nil {
			return nil, err
		}
		costs[i] = cost(loads[i], after-costs[i].Grown)
	}
	return costs, nil
}

func cost(loads []Load, grown float64) Cost {
	middle := func(value func(Load) float64) float64 {
		values := make([]float64, 0, len(loads))
		for _, l := range loads {
			values = append(values, value(l))
		}
		return measure.Median(values)
	}
	return Cost{
		P50: middle(func(l Load) float64 { return l.P50 }), P99: middle(func(l Load) float64 { return l.P99 }),
		CPU: middle(func(l Load) float64 { return l.CPU }), Grown: grown,
	}
}
