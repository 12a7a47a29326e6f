package measure

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	values := []float64{4, 1, 3, 2, 5}
	for share, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 1: 5} {
		if got := Quantile(values, share); got != want {
			t.Errorf("quantile %v is %v, want %v", share, got, want)
		}
	}
	if !slices.Equal(values, []float64{4, 1, 3, 2, 5}) {
		t.Error("Quantile sorted its argument")
	}
}

// TestProcesses checks that programs take turns, and that each runs once before it counts.
func TestProcesses(t *testing.T) {
	turns := 0
	commands := []Command{{Name: "a", Args: []string{"go", "version"}}, {Name: "b", Args: []string{"go", "env", "GOOS"}}}
	times, err := Processes(t.Context(), 2, func() error { turns++; return nil }, commands...)
	if err != nil {
		t.Fatal(err)
	}
	if len(times) != 2 || len(times[0]) != 2 || len(times[1]) != 2 || turns != 6 {
		t.Errorf("times %v in %d turns", times, turns)
	}
	failing := Command{Name: "failing", Args: []string{"go", "nonsense"}}
	if _, err := Processes(t.Context(), 1, nil, failing); err == nil || !strings.Contains(err.Error(), "failing") {
		t.Errorf("error %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Processes(canceled, 1, nil, commands...); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestCalls(t *testing.T) {
	var kept []byte
	costs, err := Calls(3, Call{"nothing", func() error { return nil }}, Call{"allocates", func() error {
		kept = make([]byte, 4096)
		return nil
	}})
	if err != nil || kept == nil {
		t.Fatal(err)
	}
	if costs[0].Bytes > 100 || costs[1].Bytes < 4096 || costs[1].Allocs < 1 || len(costs[0].Times) != 3 {
		t.Errorf("%+v", costs)
	}
	broken := errors.New("broken")
	if _, err := Calls(1, Call{"broken", func() error { return broken }}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
