package fleet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// redisServer is a redis-server process.
type redisServer struct {
	addr string
	dir  string
	cmd  *exec.Cmd
}

// startRedis starts a redis-server that saves all writes. The error matches exec.ErrNotFound if it is not installed.
func startRedis(ctx context.Context) (*redisServer, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	dir, err := os.MkdirTemp("", "fleet-redis-")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(ctx, "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "",
		"--appendonly", "yes", "--maxclients", "15000", "--tcp-backlog", "4096")
	if err := cmd.Start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	s := &redisServer{addr, dir, cmd}
	for range 3000 {
		if _, err = s.info(ctx, "server"); err == nil {
			return s, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Close()
	return nil, fmt.Errorf("redis-server: %w", err)
}

// Close stops the server and removes its files.
func (s *redisServer) Close() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// Load is what the server has done.
type Load struct {
	Requests float64
	Received float64 // bytes
	Sent     float64 // bytes
	CPU      float64 // processor time in seconds
}

func (l Load) minus(m Load) Load {
	return Load{l.Requests - m.Requests, l.Received - m.Received, l.Sent - m.Sent, l.CPU - m.CPU}
}

// load returns what the server has done since it started. Without a server, that is nothing.
func (s *redisServer) load(ctx context.Context) (l Load, err error) {
	if s == nil {
		return Load{}, nil
	}
	info, err := s.info(ctx, "everything")
	if err != nil {
		return Load{}, err
	}
	l.Received, l.Sent = info.number("total_net_input_bytes"), info.number("total_net_output_bytes")
	// total_commands_processed also counts the commands that scripts run.
	for name, text := range info {
		if command, ok := strings.CutPrefix(name, "cmdstat_"); ok && fromClients(command) {
			calls, _, _ := strings.Cut(strings.TrimPrefix(text, "calls="), ",")
			n, _ := strconv.ParseFloat(calls, 64)
			l.Requests += n
		}
	}
	l.CPU = info.number("used_cpu_user") + info.number("used_cpu_sys")
	return l, nil
}

// fromClients reports whether clients send a command, and not only scripts.
func fromClients(command string) bool {
	switch command {
	case "eval", "evalsha", "eval_ro", "evalsha_ro", "script|load", "ssubscribe", "sunsubscribe", "hello", "client|setname", "client|setinfo", "ping":
		return true
	}
	return false
}

// info is the fields of a response to INFO.
type info map[string]string

func (i info) number(field string) float64 {
	n, _ := strconv.ParseFloat(i[field], 64)
	return n
}

func (s *redisServer) info(ctx context.Context, section string) (info, error) {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := fmt.Fprintf(conn, "INFO %s\r\n", section); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	size, sizeErr := strconv.Atoi(strings.Trim(line, "$\r\n"))
	if err := errors.Join(err, sizeErr); err != nil {
		return nil, err
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	fields := info{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields, nil
}
