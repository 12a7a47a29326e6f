//go:build netns

package redis_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/netnstest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
)

// The test of this file needs Linux, iproute2 and root: go test -tags netns

const (
	machines            = 8
	processesPerMachine = 25
)

// TestNetnsMachines starts 200 processes on eight machines, whose clocks are up to three hours apart, while the
// access token has expired. They share one refresh, and all get credentials.
func TestNetnsMachines(t *testing.T) {
	network := netnstest.NewNetwork(t, machines)
	server := redistest.Start(t, "--bind", "127.0.0.1 "+network.Address, "--protected-mode", "no")
	f := newFleet(t, server, func(o *idctest.Options) {
		o.Latency = 100 * time.Millisecond
		o.RoleCredentialsTTL = 12 * time.Hour // valid by every clock
	})
	f.expire()
	f.center.ResetRequests()
	center := netnstest.Forward(t, net.JoinHostPort(network.Address, "0"), strings.TrimPrefix(f.center.URL(), "http://"))
	f.member.Server = "http://" + center
	f.member.Redis = net.JoinHostPort(network.Address, fmt.Sprint(server.Port))

	binary := buildWithClock(t)
	start := time.Now()
	var processes []*process
	for i, machine := range network.Machines {
		home := t.TempDir()
		ahead := clockOf(i)
		for range processesPerMachine {
			processes = append(processes, f.start(machine.Command(t.Context(), binary), "HOME="+home, fmt.Sprintf("%s=%.0f", clockVariable, ahead.Seconds())))
		}
	}
	keys := map[string]int{}
	for i, p := range processes {
		r, err := p.report()
		machine := i / processesPerMachine
		if err != nil {
			t.Errorf("machine %d: %v", machine, err)
			continue
		}
		keys[r.AccessKeyID]++
		if !r.Expires.After(time.Now()) {
			t.Errorf("machine %d: credentials that expired at %s", machine, r.Expires)
		}
		if off := r.Clock.Add(-clockOf(machine)).Sub(start); off < 0 || off > time.Hour/2 {
			t.Errorf("machine %d: the clock is %s off", machine, off)
		}
	}
	t.Logf("all processes had credentials after %s", time.Since(start))
	if len(keys) != 1 {
		t.Errorf("processes got %d different credentials, want the same: %v", len(keys), keys)
	}
	f.count("CreateToken", 1)
	f.count("GetRoleCredentials", 1)
}

// clockOf returns how far the clock of a machine is ahead.
func clockOf(machine int) time.Duration { return time.Duration(machine-machines/2) * 45 * time.Minute }

// clockVariable sets the clock of a process that buildWithClock has built, in seconds ahead. Linux has no namespaces for
// the clock.
const clockVariable = "LATCHKEY_TEST_CLOCK"

// buildWithClock builds this test with a package time that reads clockVariable.
func buildWithClock(t *testing.T) (binary string) {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	const now = "sec, nsec, mono := runtimeNow()\n"
	text := filetest.Read(t, source)
	if strings.Count(text, now) != 1 {
		t.Fatalf("%s does not contain %q once", source, now)
	}
	text = strings.Replace(text, now, now+"\tsec += clockAhead\n", 1) + fmt.Sprintf(`
var clockAhead = func() (n int64) {
	text, _ := syscall.Getenv(%q)
	digits, negative := text, len(text) > 0 && text[0] == '-'
	if negative {
		digits = text[1:]
	}
	for _, d := range digits {
		n = 10*n + int64(d-'0')
	}
	if negative {
		return -n
	}
	return n
}()
`, clockVariable)
	text = strings.Replace(text, "import (\n", "import (\n\t\"syscall\"\n", 1)
	dir := t.TempDir()
	replacement, overlay, binary := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "member")
	filetest.Write(t, replacement, text)
	paths, err := json.Marshal(map[string]map[string]string{"Replace": {source: replacement}})
	if err != nil {
		t.Fatal(err)
	}
	filetest.Write(t, overlay, string(paths))
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}
