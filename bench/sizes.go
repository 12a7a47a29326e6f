package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/latchkey-sso/latchkey/bench/report"
	"github.com/latchkey-sso/latchkey/bench/weight"
)

func measureSize(_ context.Context, b *bench, t *report.Table) error {
	for _, p := range b.measured(t, true) {
		size, err := p.Size()
		switch {
		case err != nil:
			return err
		case size == 0:
			t.AddMissing(p.Name, "not measured: where its files are depends on how it was installed")
		default:
			t.Add(p.Name, 0, float64(size)/1e6)
		}
	}
	return nil
}

func measureImports(ctx context.Context, b *bench, t *report.Table) error {
	for _, program := range weight.Importers {
		cost, err := program.Measure(ctx, b.dir)
		if err != nil {
			return fmt.Errorf("%s: %w", program.Name, err)
		}
		t.Add(program.Name, 0, float64(cost.Bytes), float64(cost.Packages), float64(cost.Modules), float64(cost.Sums))
	}
	return nil
}

func measureModules(ctx context.Context, b *bench, t *report.Table) error {
	weights, err := weight.Modules(ctx, b.dir)
	if err != nil {
		return err
	}
	heaviest := slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	for _, module := range heaviest {
		t.Add(module, 0, float64(weights[module]))
	}
	return nil
}
