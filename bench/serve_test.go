package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
)

// endpoint is a running process that serves credentials.
type endpoint struct {
	name       string
	pid        int
	url, token string
}

// BenchmarkServe measures a warm response of latchkey serve to a thousand clients in another process, in
// turn with a minimal server. It reports the median of several rounds for the times and for the
// processor time per request, and how much the server's memory grew after the first round.
//
//	go test -bench Serve -benchtime 1000000x
func BenchmarkServe(b *testing.B) {
	bin := buildAll(b)
	server := idctest.NewServer(b, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})
	env := server.Environ(newHome(b, server, 1))
	latchkey, bare := startLatchkey(b, bin, env), startBare(b, bin)
	b.Run("clients=1000", func(b *testing.B) { compareEndpoints(b, bin, latchkey, bare) })
}

// compareEndpoints measures endpoints, and reports the ratio of the first to each other one.
func compareEndpoints(b *testing.B, bin string, endpoints ...*endpoint) {
	b.Helper()
	const rounds = 5
	results := make([][]loadResult, len(endpoints))
	before := make([]float64, len(endpoints))
	for round := -1; round < rounds; round++ { // the first warms up
		for i, e := range endpoints {
			if round == 0 {
				before[i] = e.resident(b)
			}
			if r := e.load(b, bin, b.N/rounds); round >= 0 {
				results[i] = append(results[i], r)
			}
		}
	}
	middle := func(i int, value func(loadResult) float64) float64 {
		values := make([]float64, 0, rounds)
		for _, r := range results[i] {
			values = append(values, value(r))
		}
		slices.Sort(values)
		return values[rounds/2]
	}
	p99 := func(r loadResult) float64 { return r.P99 }
	for i, e := range endpoints {
		b.ReportMetric(middle(i, func(r loadResult) float64 { return r.P50 }), e.name+"-p50-µs")
		b.ReportMetric(middle(i, p99), e.name+"-p99-µs")
		b.ReportMetric(middle(i, func(r loadResult) float64 { return r.CPU }), e.name+"-cpu-µs")
		b.ReportMetric(e.resident(b)-before[i], e.name+"-grown-kB")
		if i > 0 {
			b.ReportMetric(middle(0, p99)/middle(i, p99), "p99-x-"+e.name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// loadResult is the output of load, and the processor time of the server.
type loadResult struct {
	P50, P99 float64 // µs
	Requests float64
	CPU      float64 // µs per request
}

// load sends n requests, at least enough for a 99th percentile.
func (e *endpoint) load(b *testing.B, bin string, n int) loadResult {
	b.Helper()
	used := e.processorTime(b)
	cmd := exec.CommandContext(b.Context(), filepath.Join(bin, "load"), "-clients", "1000", "-n", strconv.Itoa(max(n, 1000)), e.url, e.token)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("load %s: %v", e.name, err)
	}
	var r loadResult
	if err := json.Unmarshal(out, &r); err != nil {
		b.Fatal(err)
	}
	r.CPU = (e.processorTime(b) - used) / r.Requests
	return r
}

// resident returns the resident memory of the process in kB; 0 without /proc.
func (e *endpoint) resident(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kB, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB
}

// processorTime returns the processor time of the process in µs; 0 without /proc.
func (e *endpoint) processorTime(b *testing.B) float64 {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	const tick = 10_000 // µs; user and system time are fields 14 and 15, and two are cut off
	var sum float64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += n * tick
	}
	return sum
}

func startLatchkey(b *testing.B, bin string, env []string) *endpoint {
	b.Helper()
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	pid, stdout := start(b, env, log, filepath.Join(bin, "latchkey"), "serve", "dev", "--print", "json")
	var printed []struct{ Environment map[string]string }
	if err := json.NewDecoder(stdout).Decode(&printed); err != nil {
		b.Fatal(err)
	}
	set := printed[0].Environment
	return &endpoint{"latchkey", pid, set["AWS_CONTAINER_CREDENTIALS_FULL_URI"], set["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
}

func startBare(b *testing.B, bin string) *endpoint {
	b.Helper()
	e := &endpoint{name: "bare"}
	var stdout io.Reader
	e.pid, stdout = start(b, nil, nil, filepath.Join(bin, "bareserver"))
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	e.url, e.token, _ = strings.Cut(strings.TrimSpace(line), " ")
	return e
}

// start starts a program, and kills it at the end of the benchmark.
func start(b *testing.B, env []string, stderr io.Writer, name string, args ...string) (pid int, stdout io.Reader) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), name, args...)
	cmd.Env, cmd.Stderr = env, stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid, stdout
}
