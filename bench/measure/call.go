package measure

import (
	"math"
	"runtime"
	"time"
)

// Call is a call to measure.
type Call struct {
	Name string
	Do   func() error
}

// Cost is what one call costs.
type Cost struct {
	Times  []float64 // microseconds, the mean of each round
	Bytes  float64   // allocated
	Allocs float64
}

// roundTime is how long a round of one call takes at least: far longer than reading the clock.
const roundTime = 5 * time.Millisecond

// Calls runs the calls in turn, for a number of rounds, and returns the cost of each.
func Calls(rounds int, calls ...Call) ([]Cost, error) {
	costs := make([]Cost, len(calls))
	repeats := make([]int, len(calls))
	for i, c := range calls {
		n, err := repeatsOf(c)
		if err != nil {
			return nil, err
		}
		repeats[i] = n
		if costs[i].Bytes, costs[i].Allocs, err = Allocated(c); err != nil {
			return nil, err
		}
	}
	for range rounds {
		for i, c := range calls {
			took, err := repeat(c, repeats[i])
			if err != nil {
				return nil, err
			}
			costs[i].Times = append(costs[i].Times, float64(took.Nanoseconds())/1e3/float64(repeats[i]))
		}
	}
	return costs, nil
}

// repeatsOf returns how many calls fill a round. It takes the fastest of several rounds: in one, the processor may have
// been busy with something else.
func repeatsOf(c Call) (int, error) {
	for n := 1; ; n *= 2 {
		fastest := time.Duration(math.MaxInt64)
		for range 3 {
			took, err := repeat(c, n)
			if err != nil {
				return 0, err
			}
			fastest = min(fastest, took)
		}
		if fastest >= roundTime {
			return n, nil
		}
	}
}

func repeat(c Call, n int) (time.Duration, error) {
	start := time.Now()
	for range n {
		if err := c.Do(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// Allocated returns what one call allocates, in bytes and in objects.
func Allocated(c Call) (bytes, objects float64, err error) {
	const runs = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := repeat(c, runs); err != nil {
		return 0, 0, err
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / runs, float64(after.Mallocs-before.Mallocs) / runs, nil
}
