// Package redistest starts Redis servers for tests, on the loopback interface.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// patience is how long to wait for a server. It is long: the machine may be busy.
const patience = 2 * time.Minute

// Server is a redis-server process.
type Server struct {
	Port    int
	TLSPort int    // 0 if it does not listen with TLS
	Dir     string // its files; it saves every write to them

	tb      testing.TB
	program string
	args    []string
	cmd     *exec.Cmd
	exited  chan struct{}
}

// Start starts a redis-server, and kills it at the end of the test. args are settings such as
// "--maxmemory", "2mb". The test fails if redis-server is not installed.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := newServer(tb, "redis-server", `save ""`)
	s.args = append(s.args, args...)
	s.Run()
	return s
}

// StartSentinel starts a redis-sentinel with lines of a configuration file.
func StartSentinel(tb testing.TB, lines ...string) *Server {
	tb.Helper()
	s := newServer(tb, "redis-sentinel", lines...)
	s.Run()
	return s
}

func newServer(tb testing.TB, program string, lines ...string) *Server {
	tb.Helper()
	s := &Server{Port: webtest.Port(tb), Dir: tb.TempDir(), tb: tb, program: program}
	path := filepath.Join(s.Dir, "conf")
	lines = append(lines, fmt.Sprint("port ", s.Port), "bind 127.0.0.1", "dir "+s.Dir, "logfile "+filepath.Join(s.Dir, "log"))
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	s.args = []string{path}
	tb.Cleanup(s.Kill)
	return s
}

// Addr returns the address of the server.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

// Run starts the process, for the first time or after Kill, and waits until it responds.
func (s *Server) Run() {
	s.tb.Helper()
	cmd := exec.CommandContext(context.Background(), s.program, s.args...) //nolint:gosec // G204: redis-server
	cmd.SysProcAttr = dieWithTest()
	started, exited := make(chan error), make(chan struct{})
	go func() {
		defer close(exited)
		runtime.LockOSThread() // on Linux, the process dies with the thread that started it
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		s.tb.Fatalf("start %s (Debian has it in a package of that name): %v", s.program, err)
	}
	s.cmd, s.exited = cmd, exited
	s.await(func() bool {
		reply, err := s.command("PING")
		return err == nil && (reply == "+PONG" || strings.HasPrefix(reply, "-NOAUTH"))
	})
}

func (s *Server) await(ready func() bool) {
	s.tb.Helper()
	for deadline := time.Now().Add(patience); !ready(); time.Sleep(10 * time.Millisecond) { //nolint:forbidigo // real processes
		if time.Now().After(deadline) { //nolint:forbidigo // real processes
			s.tb.Fatalf("%s does not respond; its log is in %s", s.program, s.Dir)
		}
	}
}

// Kill kills the process with SIGKILL, and waits until it is gone.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
}

// Do sends a command, and fails the test if it fails. It returns the response in the protocol of
// Redis, such as ":1" or "+OK"; of a string, without its length.
func (s *Server) Do(args ...string) string {
	s.tb.Helper()
	reply, err := s.command(args...)
	if err != nil || strings.HasPrefix(reply, "-") {
		s.tb.Fatalf("%s: %s %v", args, reply, err)
	}
	return reply
}

// IsMaster reports whether the server is not a replica, or no longer one.
func (s *Server) IsMaster() bool {
	reply, err := s.command("INFO", "replication") // a promotion closes connections
	return err == nil && strings.Contains(reply, "role:master")
}

// Try sends a command that may fail.
func (s *Server) Try(args ...string) { _, _ = s.command(args...) }

// command sends a command on a new connection.
func (s *Server) command(args ...string) (reply string, err error) {
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(context.Background(), "tcp", s.Addr())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience)) //nolint:forbidigo // real processes
	request := fmt.Sprintf("*%d\r\n", len(args))
	for _, arg := range args {
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		return "", err
	}
	return readReply(bufio.NewReader(conn))
}

func readReply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	line = strings.TrimSpace(line)
	length, isString := strings.CutPrefix(line, "$")
	n, numErr := strconv.Atoi(length)
	if err != nil || !isString || numErr != nil || n < 0 {
		return line, err
	}
	data := make([]byte, n)
	_, err = io.ReadFull(r, data)
	return string(data), err
}
