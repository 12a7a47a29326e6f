package main

import (
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for pattern, want := range map[string]string{
		"warm":          "warm warm-20000",
		"^warm$|^cold$": "warm cold",
	} {
		chosen, err := choose(pattern)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range chosen {
			names = append(names, m.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q selects %q, want %q", pattern, got, want)
		}
	}
	if all, err := choose(""); err != nil || len(all) != len(measurements) {
		t.Errorf("no pattern selects %d of %d, error %v", len(all), len(measurements), err)
	}
	for _, pattern := range []string{"nothing", "("} {
		if _, err := choose(pattern); err == nil {
			t.Errorf("%q: no error", pattern)
		}
	}
}

// TestMeasurements checks that each table has a unique name and a column to compare.
func TestMeasurements(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range measurements {
		if m.name == "" || seen[m.name] || m.title == "" || m.key >= len(m.columns) {
			t.Errorf("%q", m.name)
		}
		seen[m.name] = true
	}
}
