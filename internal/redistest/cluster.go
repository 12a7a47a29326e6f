package redistest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// slots is the number of hash slots of a cluster.
const slots = 16384

// StartCluster starts a cluster of n masters, and kills them at the end of the test.
func StartCluster(tb testing.TB, n int) []*Server {
	tb.Helper()
	return startCluster(tb, n, func(args ...string) *Server { return Start(tb, args...) })
}

// StartTLSCluster is [StartCluster] with TLS, as in [StartTLS].
func StartTLSCluster(tb testing.TB, dir string, n int) []*Server {
	tb.Helper()
	return startCluster(tb, n, func(args ...string) *Server { return StartTLS(tb, dir, args...) })
}

func startCluster(tb testing.TB, n int, start func(args ...string) *Server) []*Server {
	tb.Helper()
	nodes, busPorts := make([]*Server, n), make([]string, n)
	for i := range nodes {
		busPorts[i] = fmt.Sprint(webtest.Port(tb))
		nodes[i] = start("--cluster-enabled", "yes", "--cluster-node-timeout", "120000", "--cluster-port", busPorts[i])
		nodes[i].Do("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(slots*i/n), fmt.Sprint(slots*(i+1)/n-1))
		nodes[0].Do("CLUSTER", "MEET", "127.0.0.1", fmt.Sprint(cmp.Or(nodes[i].TLSPort, nodes[i].Port)), busPorts[i])
	}
	for _, node := range nodes {
		node.await(func() bool { return node.Do("CLUSTER", "INFO")[:16] == "cluster_state:ok" })
	}
	return nodes
}

// Migration is the move of the slot of an entry to another node.
type Migration struct {
	slot     string
	from, to *Server
	nodes    []*Server
}

// StartMigration begins to move the slot of an entry to another node of a cluster. Nothing has moved yet: the old node
// redirects requests for entries that it does not have.
func StartMigration(nodes []*Server, name string) *Migration {
	m := &Migration{slot: strings.TrimPrefix(nodes[0].Do("CLUSTER", "KEYSLOT", name), ":"), nodes: nodes}
	slot, _ := strconv.Atoi(m.slot)
	i := slices.IndexFunc(nodes, func(s *Server) bool { return slot < slots*(slices.Index(nodes, s)+1)/len(nodes) })
	m.from, m.to = nodes[i], nodes[(i+1)%len(nodes)]
	m.to.Do("CLUSTER", "SETSLOT", m.slot, "IMPORTING", m.from.Do("CLUSTER", "MYID"))
	m.from.Do("CLUSTER", "SETSLOT", m.slot, "MIGRATING", m.to.Do("CLUSTER", "MYID"))
	return m
}

// Move moves an entry.
func (m *Migration) Move(name string) {
	m.from.Do("MIGRATE", "127.0.0.1", fmt.Sprint(cmp.Or(m.to.TLSPort, m.to.Port)), name, "0", "60000")
}

// Finish gives the slot to the new node. All its entries must have moved. The old node redirects all requests.
func (m *Migration) Finish() {
	if left := m.from.Do("CLUSTER", "COUNTKEYSINSLOT", m.slot); left != ":0" {
		m.from.tb.Fatalf("%s entries of the slot did not move", left)
	}
	id := m.to.Do("CLUSTER", "MYID")
	m.to.Do("CLUSTER", "SETSLOT", m.slot, "NODE", id)
	for _, node := range m.nodes {
		node.Do("CLUSTER", "SETSLOT", m.slot, "NODE", id)
	}
}
