//go:build netns

package main

import (
	"context"
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
)

// The test of this file needs Linux, iproute2, openssl and root: go test -tags netns

// example has the files of the example with containers.
const example = "../../../../docs/many-machines"

// TestNetnsContainers runs the example in docs/many-machines, with network namespaces in place of containers.
func TestNetnsContainers(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "make-secrets")
	filetest.Write(t, script, filetest.Read(t, filepath.Join(example, "make-secrets")))
	if out, err := exec.CommandContext(t.Context(), "sh", script).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("make-secrets: %v\n%s", err, out)
	}
	inHere := strings.NewReplacer("/run/secrets", filepath.Join(dir, "secrets"), "/data", filepath.Join(dir, "data"))
	network := netnstest.NewNetwork(t, 3)
	startServer(t, network.Machines[0], dir, inHere.Replace(filetest.Read(t, filepath.Join(example, "redis.conf"))))

	idc := idctest.NewServer(t, func(o *idctest.Options) {
		o.StartURL, o.Region, o.AutoApprove = "https://d-1234567890.awsapps.com/start", "eu-west-1", true
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "dev", Roles: []string{"Developer"}}}
	})
	center := netnstest.Forward(t, net.JoinHostPort(network.Address, "0"), strings.TrimPrefix(idc.URL(), "http://"))
	config := inHere.Replace(filetest.Read(t, filepath.Join(example, "config")))
	config = strings.Replace(config, "@redis:6379", "@"+network.AddressOf(0)+":6379", 1)
	config = strings.Replace(config, "?", "?server_name=redis&", 1) // these machines have no names
	container := func(i int) func(args ...string) (string, error) {
		home := t.TempDir()
		filetest.Write(t, filepath.Join(home, ".aws", "config"), config)
		return func(args ...string) (string, error) {
			cmd := network.Machines[i].Command(t.Context(), append([]string{os.Args[0]}, args...)...)
			for _, variable := range idc.Environ(home) {
				cmd.Env = append(cmd.Env, strings.ReplaceAll(variable, idc.URL(), "http://"+center))
			}
			cmd.Env = append(cmd.Env, runVariable+"=1", "AWS_PROFILE=dev")
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
	}
	one, two := container(1), container(2)
	if out, err := one("login", "--device-code"); err != nil {
		t.Fatalf("login: %v\n%s", err, out)
	}
	out, err := two("credential-process")
	if err != nil || !strings.Contains(out, `"AccessKeyId"`) {
		t.Errorf("credential-process: %v\n%s", err, out)
	}
	if out, err := two("logout"); err != nil {
		t.Errorf("logout: %v\n%s", err, out)
	}
	if out, err := one("credential-process"); err == nil || !strings.Contains(out, "login required") {
		t.Errorf("credential-process after logout: %v\n%s", err, out)
	}
}

// startServer starts a redis-server on a machine, and kills it at the end of the test.
func startServer(t *testing.T, machine netnstest.Namespace, dir, config string) {
	t.Helper()
	path := filepath.Join(dir, "redis.conf")
	filetest.Write(t, path, config)
	server := machine.Command(context.WithoutCancel(t.Context()), "redis-server", path)
	output := &strings.Builder{}
	server.Stdout = output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		t.Logf("redis-server:\n%s", output)
	})
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		probe := machine.Command(t.Context(), "redis-cli", "--tls", "--cacert", filepath.Join(dir, "secrets", "ca.pem"), "-h", "127.0.0.1", "--sni", "redis", "PING")
		if out, _ := probe.CombinedOutput(); strings.Contains(string(out), "NOAUTH") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("redis-server does not respond")
		}
	}
}
