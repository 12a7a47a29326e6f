package command

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/awserr"
)

// listenUnix listens on a Unix socket that only its owner may connect to.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := removeStaleSocket(ctx, path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("--unix: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("--unix %s: %s", path, awserr.NetworkCause(err))
	}
	// Other users may connect before that, but they have no token.
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("--unix: %w", err)
	}
	return l, nil
}

// removeStaleSocket removes a socket that a killed server left behind. Any other file is an error.
func removeStaleSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil //nolint:nilerr // listening reports whatever is wrong with the path
	}
	if info.Mode().Type() != fs.ModeSocket {
		return &hintedError{fmt.Errorf("--unix %s: the file is not a socket", path), "choose another path"}
	}
	if c, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
		c.Close()
		return &hintedError{fmt.Errorf("--unix %s: another program is listening", path), "choose another path"}
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("--unix: %w", err)
	}
	return nil
}
