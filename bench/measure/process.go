// Package measure times processes and calls. It always measures several in turn, so that the load of the machine is
// the same for all of them.
package measure

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"time"
)

// Command is a process to run.
type Command struct {
	Name string
	Args []string // the program and its arguments
	Env  []string
}

// Run runs the process and returns its output.
func (c Command) Run(ctx context.Context) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env = c.Env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", c.Name, err, stderr.Bytes())
	}
	return out, nil
}

// Processes runs each command once to warm up and then in turn, and returns the milliseconds that each run took, by
// command. Each round has a random order: a process that runs after a large one finds less of its data in the caches of
// the processor, and one that runs twice in a row finds more. before, if not nil, is called before each run.
func Processes(ctx context.Context, rounds int, before func() error, commands ...Command) ([][]float64, error) {
	times := make([][]float64, len(commands))
	for round := -1; round < rounds; round++ {
		for _, i := range rand.Perm(len(commands)) { //nolint:gosec // G404: only an order
			took, err := timeRun(ctx, before, commands[i])
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				times[i] = append(times[i], took)
			}
		}
	}
	return times, nil
}

func timeRun(ctx context.Context, before func() error, c Command) (milliseconds float64, err error) {
	if before != nil {
		if err := before(); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	_, err = c.Run(ctx)
	return float64(time.Since(start).Nanoseconds()) / 1e6, err
}
