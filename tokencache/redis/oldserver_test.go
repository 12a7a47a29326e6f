package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// TestOldServer: the error says that the server is too old for the scripts.
func TestOldServer(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"6.2.14": "has version 6.2.14",
		"7.0.15": "user_script",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go serveOld(conn, version)
			}
		}()
		client, err := redis.New(redis.Options{Addrs: []string{l.Addr().String()}, Keys: newKeys(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		if _, err := client.Tokens().Load(t.Context(), session); !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("version %s: %v, want %q", version, err, want)
		}
	}
}

// serveOld responds as a server that does not know the first line of a script.
func serveOld(conn net.Conn, version string) {
	defer conn.Close()
	for r := bufio.NewReader(conn); ; {
		var n int
		if _, err := fmt.Fscanf(r, "*%d\r\n", &n); err != nil {
			return
		}
		args := make([]string, n)
		for i := range args {
			var size int
			if _, err := fmt.Fscanf(r, "$%d\r\n", &size); err != nil {
				return
			}
			data := make([]byte, size+len("\r\n"))
			if _, err := io.ReadFull(r, data); err != nil {
				return
			}
			args[i] = string(data[:size])
		}
		reply := "+OK\r\n"
		switch args[0] {
		case "HELLO":
			reply = fmt.Sprintf("%%2\r\n$7\r\nversion\r\n$%d\r\n%s\r\n$5\r\nproto\r\n:3\r\n", len(version), version)
		case "EVALSHA":
			reply = "-NOSCRIPT No matching script. Please use EVAL.\r\n"
		case "EVAL":
			reply = "-ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'\r\n"
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return
		}
	}
}
