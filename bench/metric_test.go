package main

import (
	"strings"
	"testing"
)

// metric returns the name of a program as a benchmark can report it.
func metric(name string) string { return strings.ReplaceAll(name, " ", "-") }

// reportRatio reports a cost, and the ratio of the first cost to it.
func reportRatio(b *testing.B, name, unit string, first, cost float64, ratio bool) {
	b.Helper()
	b.ReportMetric(cost, name+"-"+unit)
	if ratio {
		b.ReportMetric(first/cost, "x-"+name)
	}
}
