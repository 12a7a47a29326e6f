package main

import (
	"testing"

	"github.com/latchkey-sso/latchkey/bench/peer"
)

// BenchmarkServe measures a warm response of latchkey serve to a thousand clients in another process, in turn with a
// minimal server.
//
//	go test -bench Serve -benchtime 1000000x
func BenchmarkServe(b *testing.B) {
	dir := b.TempDir()
	if _, err := peer.Build(b.Context(), dir); err != nil {
		b.Fatal(err)
	}
	b.Run("clients=1000", func(b *testing.B) {
		costs, err := compareEndpoints(b.Context(), dir, b.N)
		if err != nil {
			b.Fatal(err)
		}
		for i, c := range costs {
			name := metric(endpointNames[i])
			b.ReportMetric(c.P50, name+"-p50-µs")
			reportRatio(b, name, "p99-µs", costs[0].P99, c.P99, i > 0)
			b.ReportMetric(c.CPU, name+"-cpu-µs")
			b.ReportMetric(c.Grown, name+"-grown-kB")
		}
		b.ReportMetric(0, "ns/op")
	})
}
