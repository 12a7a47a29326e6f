package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// perProcess is how many clients share a process: the system limits its open files.
const perProcess = 2500

// processes are processes of clients.
type processes []*process

type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// start starts processes with that many clients in all, and waits until they are connected.
func start(ctx context.Context, dir string, clients int, s Settings) (*processes, error) {
	var ps processes
	parent := s.Dir
	for i := 0; clients > 0; i++ {
		s.Clients = min(clients, perProcess)
		clients -= s.Clients
		s.Dir = filepath.Join(parent, strconv.Itoa(i))
		p, err := startProcess(ctx, dir, s)
		if err != nil {
			ps.Close()
			return nil, err
		}
		ps = append(ps, p)
	}
	for _, p := range ps {
		if line, err := p.stdout.ReadString('\n'); err != nil {
			ps.Close()
			return nil, fmt.Errorf("clients: %q, %w", line, err)
		}
	}
	return &ps, nil
}

func startProcess(ctx context.Context, dir string, s Settings) (*process, error) {
	settings, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, filepath.Join(dir, "clients"))}
	p.cmd.Stderr = os.Stderr
	p.stdin, err = p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = p.stdin.Write(append(settings, '\n'))
	return p, err
}

// Close stops the processes.
func (ps *processes) Close() {
	for _, p := range *ps {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// round has all clients of all processes get credentials at once.
func (ps *processes) round() (all Round, err error) {
	all.Errors = map[string]int{}
	for _, p := range *ps {
		if _, err := io.WriteString(p.stdin, "\n"); err != nil {
			return all, err
		}
	}
	for _, p := range *ps {
		line, err := p.stdout.ReadBytes('\n')
		var r Round
		if err := errors.Join(err, json.Unmarshal(line, &r)); err != nil {
			return all, fmt.Errorf("clients: %w", err)
		}
		all.Succeeded += r.Succeeded
		all.Times = append(all.Times, r.Times...)
		for text, n := range r.Errors {
			all.Errors[text] += n
		}
	}
	return all, nil
}
