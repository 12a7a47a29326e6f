// Package netnstest makes network namespaces for tests. It needs Linux, iproute2 and root.
package netnstest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Namespace is a network namespace with its own loopback interface.
type Namespace struct{ Name string }

// New makes a namespace, and deletes it at the end of the test. The name distinguishes those of a test.
func New(tb testing.TB, name string) Namespace {
	tb.Helper()
	n := Namespace{fmt.Sprintf("latchkey-%d-%s", os.Getpid(), name)}
	ip(tb, "netns", "add", n.Name)
	cleanup(tb, "netns", "del", n.Name)
	ip(tb, "-n", n.Name, "link", "set", "lo", "up")
	return n
}

// Command returns a command that runs in the namespace.
func (n Namespace) Command(ctx context.Context, args ...string) *exec.Cmd {
	return command(ctx, append([]string{"netns", "exec", n.Name}, args...))
}

// Network is a network of machines: namespaces that reach each other, and this one, through a bridge.
type Network struct {
	Address  string // of this namespace
	Machines []Namespace

	subnet string
}

// AddressOf returns the address of a machine.
func (n *Network) AddressOf(machine int) string { return fmt.Sprint(n.subnet, machine+2) }

// NewNetwork makes a network, and deletes it at the end of the test.
func NewNetwork(tb testing.TB, machines int) *Network {
	tb.Helper()
	// Addresses for tests of networks (RFC 2544), and names of at most 15 bytes.
	id := os.Getpid() % 65536
	subnet := fmt.Sprintf("198.%d.%d.", 18+id>>8&1, id&255)
	bridge := fmt.Sprintf("lk%d", id)
	ip(tb, "link", "add", bridge, "type", "bridge")
	cleanup(tb, "link", "del", bridge)
	network := &Network{Address: subnet + "1", subnet: subnet}
	ip(tb, "addr", "add", network.Address+"/24", "dev", bridge)
	ip(tb, "link", "set", bridge, "up")
	for i := range machines {
		n := New(tb, fmt.Sprint(i))
		port := fmt.Sprintf("%s-%d", bridge, i)
		ip(tb, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", n.Name)
		ip(tb, "link", "set", port, "master", bridge, "up")
		ip(tb, "-n", n.Name, "addr", "add", network.AddressOf(i)+"/24", "dev", "eth0")
		ip(tb, "-n", n.Name, "link", "set", "eth0", "up")
		network.Machines = append(network.Machines, n)
	}
	return network
}

func ip(tb testing.TB, args ...string) {
	tb.Helper()
	if out, err := command(tb.Context(), args).CombinedOutput(); err != nil {
		tb.Fatalf("ip %s: %v\n%s", args, err, out)
	}
}

func cleanup(tb testing.TB, args ...string) {
	tb.Cleanup(func() { _ = command(context.Background(), args).Run() })
}

func command(ctx context.Context, args []string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", args...) //nolint:gosec // G204: tests name what they need
}
