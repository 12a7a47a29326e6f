//go:build netns

package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/netnstest"
)

// The test of this file needs Linux, iproute2, openssl and root: go test -tags netns

// TestNetnsContainers runs the example in docs/many-machines without a container engine: it starts the services of
// compose.yaml in namespaces with their users, files, environments and commands, and runs the commands of the documentation.
func TestNetnsContainers(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../../../docs/many-machines")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "make-secrets")).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("make-secrets: %v\n%s", err, out)
	}
	own(t, dir)
	project := readCompose(t, dir)
	network := netnstest.NewNetwork(t, len(project.Services))
	machines := map[string]netnstest.Namespace{"redis": network.Machines[0], "one": network.Machines[1], "two": network.Machines[2]}
	idc := idctest.NewServer(t, func(o *idctest.Options) {
		o.StartURL, o.Region, o.AutoApprove = "https://d-1234567890.awsapps.com/start", "eu-west-1", true
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "dev", Roles: []string{"Developer"}}}
	})
	center := netnstest.Forward(t, net.JoinHostPort(network.Address, "0"), strings.TrimPrefix(idc.URL(), "http://"))
	containers := map[string]*container{}
	for name, service := range project.Services {
		c := newContainer(t, machines[name], dir, project, service)
		hosts := []byte(network.AddressOf(0) + " redis\n")
		if err := os.WriteFile(filepath.Join(c.root, "etc", "hosts"), hosts, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, variable := range idc.Env() {
			c.env = append(c.env, strings.ReplaceAll(variable, idc.URL(), "http://"+center))
		}
		containers[name] = c
	}
	if _, known := machines["two"]; len(containers) != len(machines) || !known {
		t.Fatalf("compose.yaml has other services: %v", project.Services)
	}
	containers["redis"].start(t)
	await(t, func() bool {
		out, _ := containers["one"].run(t, "redis-cli", "--tls", "--cacert", "/run/secrets/ca.pem", "-h", "redis", "PING")
		return strings.Contains(out, "NOAUTH")
	})

	commands := composeCommand.FindAllStringSubmatch(filetest.Read(t, "../../../../docs/many-machines.md"), -1)
	for _, match := range commands {
		name, args := match[1], strings.Fields(strings.Replace(match[2], "aws sts get-caller-identity", "env", 1)) // there is no STS
		out, err := containers[name].run(t, args...)
		if err != nil || strings.Contains(match[2], " exec ") && !strings.Contains(out, "AWS_ACCESS_KEY_ID=") {
			t.Errorf("%s: %v\n%s", match[0], err, out)
		}
	}
	if out, err := containers["one"].run(t, "latchkey", "credential-process"); err == nil || !strings.Contains(out, "login required") {
		t.Errorf("credential-process after logout: %v\n%s", err, out)
	}
	if len(commands) != 3 {
		t.Errorf("the documentation has %d commands for containers, want 3", len(commands))
	}
}

// composeCommand matches a command in the documentation that runs in a container.
var composeCommand = regexp.MustCompile(`(?m)^docker compose exec (\w+) (.+)$`)

// await waits until done returns true.
func await(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("redis-server does not respond")
		}
	}
}
