package webtest

import (
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

// The ports that Port returns. The ports that systems choose, for outgoing connections and for listeners on port 0, are
// above these.
const (
	firstPort = 10000
	ports     = 32768 - firstPort
)

// portsTaken is the number of ports that this process has tried.
var portsTaken atomic.Int64

// Port returns a loopback port that nothing listens on, for a server in another process, or one that stops and starts
// again. A port of a listener on port 0 may be another program's by then.
func Port(tb testing.TB) int {
	tb.Helper()
	for range ports {
		// Processes that run at the same time begin at different ports.
		port := firstPort + (64*os.Getpid()+int(portsTaken.Add(1)))%ports
		l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			l.Close()
			return port
		}
	}
	tb.Fatal("all ports are in use")
	return 0
}
