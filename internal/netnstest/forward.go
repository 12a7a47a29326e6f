package netnstest

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

// Forward accepts connections at one address and forwards them to another, until the test ends. An address is
// HOST:PORT, or the path of a Unix socket, which namespaces do not separate. It returns the address at which it accepts:
// port 0 stands for an unused one.
func Forward(tb testing.TB, from, to string) string {
	tb.Helper()
	var config net.ListenConfig
	l, err := config.Listen(tb.Context(), network(from), from)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go tie(tb.Context(), conn, to)
		}
	}()
	return l.Addr().String()
}

func network(address string) string {
	if strings.HasPrefix(address, "/") {
		return "unix"
	}
	return "tcp"
}

// tie copies between conn and a new connection to an address, until either ends.
func tie(ctx context.Context, conn net.Conn, to string) {
	defer conn.Close()
	var d net.Dialer
	other, err := d.DialContext(ctx, network(to), to)
	if err != nil {
		return
	}
	defer other.Close()
	go func() {
		_, _ = io.Copy(other, conn)
		_ = other.Close()
	}()
	_, _ = io.Copy(conn, other)
}
