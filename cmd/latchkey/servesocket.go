package main

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// listenUnix listens on a Unix socket that only its owner may connect to. A socket that a killed
// server left behind is replaced.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode().Type() != fs.ModeSocket {
			return nil, &hintedError{fmt.Errorf("--unix %s: there is a file that is not a socket", path), "choose another path"}
		}
		if c, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
			c.Close()
			return nil, &hintedError{fmt.Errorf("--unix %s: another program listens there", path), "choose another path"}
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("--unix: %w", err)
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("--unix %s: %s", path, networkCause(err))
	}
	// Between the two calls others may connect, and get nothing without the token.
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("--unix: %w", err)
	}
	return l, nil
}
