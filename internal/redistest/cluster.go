package redistest

import (
	"fmt"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// slots is the number of hash slots of a cluster.
const slots = 16384

// StartCluster starts a cluster of n masters, and kills them at the end of the test.
func StartCluster(tb testing.TB, n int) []*Server {
	tb.Helper()
	nodes, busPorts := make([]*Server, n), make([]string, n)
	for i := range nodes {
		busPorts[i] = fmt.Sprint(webtest.Port(tb))
		nodes[i] = Start(tb, "--cluster-enabled", "yes", "--cluster-node-timeout", "120000", "--cluster-port", busPorts[i])
		nodes[i].Do("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(slots*i/n), fmt.Sprint(slots*(i+1)/n-1))
		nodes[0].Do("CLUSTER", "MEET", "127.0.0.1", fmt.Sprint(nodes[i].Port), busPorts[i])
	}
	for _, node := range nodes {
		node.await(func() bool { return node.Do("CLUSTER", "INFO")[:16] == "cluster_state:ok" })
	}
	return nodes
}
