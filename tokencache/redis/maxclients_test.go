package redis_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/redistest"
)

// TestTooManyClients: a client that the server refuses because of its limit tries again.
func TestTooManyClients(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--maxclients", "5")
	var others []net.Conn
	for len(others) < 5 {
		conn, err := net.Dial("tcp", server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "PING\r\n")
		if reply, _ := bufio.NewReader(conn).ReadString('\n'); reply == "+PONG\r\n" { // else an earlier connection is still counted
			others = append(others, conn)
		}
	}
	client := newClient(t, server, impatient)
	err := client.Tokens().CheckWritable(t.Context(), session)
	if err == nil || !strings.Contains(err.Error(), "maxclients") {
		t.Errorf("CheckWritable: %v", err)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		for _, conn := range others {
			_ = conn.Close()
		}
	})
	if err := newClient(t, server).Tokens().CheckWritable(t.Context(), session); err != nil {
		t.Error(err)
	}
}
