// Package serve measures the responses of a credentials endpoint to clients in another process.
package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// clients is how many clients are connected.
const clients = 1000

// Endpoint is a running process that serves credentials.
type Endpoint struct {
	url, token string
	cmd        *exec.Cmd
}

// Load is what a number of requests cost.
type Load struct {
	P50, P99 float64 // of the response times, in microseconds
	Requests float64
	CPU      float64 // processor time of the endpoint per request, in microseconds; 0 without /proc
}

// Latchkey starts latchkey serve from a directory of programs. Close it.
func Latchkey(ctx context.Context, dir string, env []string, profile string) (*Endpoint, error) {
	e, stdout, err := start(ctx, env, filepath.Join(dir, "latchkey"), "serve", profile, "--print", "json")
	if err != nil {
		return nil, err
	}
	var printed []struct{ Environment map[string]string }
	if err := json.NewDecoder(stdout).Decode(&printed); err != nil {
		e.Close()
		return nil, fmt.Errorf("latchkey serve: %w", err)
	}
	set := printed[0].Environment
	e.url, e.token = set["AWS_CONTAINER_CREDENTIALS_FULL_URI"], set["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
	return e, nil
}

// Bare starts a minimal endpoint. Close it.
func Bare(ctx context.Context, dir string) (*Endpoint, error) {
	e, stdout, err := start(ctx, nil, filepath.Join(dir, "bareserver"))
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		e.Close()
		return nil, fmt.Errorf("bareserver: %w", err)
	}
	e.url, e.token, _ = strings.Cut(strings.TrimSpace(line), " ")
	return e, nil
}

func start(ctx context.Context, env []string, name string, args ...string) (*Endpoint, io.Reader, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	return &Endpoint{cmd: cmd}, stdout, err
}

// Close stops the process.
func (e *Endpoint) Close() {
	_ = e.cmd.Process.Kill()
	_ = e.cmd.Wait()
}

// Load sends n requests with the load program of dir, and at least enough for a 99th percentile.
func (e *Endpoint) Load(ctx context.Context, dir string, n int) (Load, error) {
	used, err := e.processorTime()
	if err != nil {
		return Load{}, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "load"), "-clients", strconv.Itoa(clients), "-n", strconv.Itoa(max(n, 1000)), e.url, e.token)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return Load{}, fmt.Errorf("load: %w", err)
	}
	var l Load
	if err := json.Unmarshal(out, &l); err != nil {
		return Load{}, err
	}
	now, err := e.processorTime()
	l.CPU = (now - used) / l.Requests
	return l, err
}

// Resident returns the resident memory of the process in kB; 0 without /proc.
func (e *Endpoint) Resident() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.cmd.Process.Pid))
	if err != nil {
		return 0, nil //nolint:nilerr // not on Linux
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	return strconv.ParseFloat(strings.Fields(after)[0], 64)
}

// processorTime returns the processor time of the process in microseconds; 0 without /proc.
func (e *Endpoint) processorTime() (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.cmd.Process.Pid))
	if err != nil {
		return 0, nil //nolint:nilerr // not on Linux
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	const tick = 10_000 // µs; user and system time are fields 14 and 15, and two are cut off
	var sum float64
	for _, field := range strings.Fields(after)[11:13] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, err
		}
		sum += n * tick
	}
	return sum, nil
}
