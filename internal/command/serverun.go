package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/profile"
)

// serving is a running server, the addresses it listens on and the files it has written.
type serving struct {
	*serveFlags
	app      *app
	server   *credserver.Server
	profiles []*profile.Profile
	address  string            // host:port for clients
	files    map[string]string // the content of each path
}

// serve serves until ctx is done, and then returns nil.
func (a *app) serve(ctx context.Context, f serveFlags) error {
	s, err := a.newServing(&f)
	if err != nil {
		return err
	}
	defer shutdown(s.server) //nolint:contextcheck // ctx is done by then
	listeners, err := s.open(ctx)
	if err != nil {
		return err
	}
	hangup := make(chan os.Signal, 1)
	if s.tokenFile != "" { // without one, SIGHUP stops the server
		signal.Notify(hangup, syscall.SIGHUP) // before a client can see the files
		defer signal.Stop(hangup)
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- s.server.Serve(l) }()
	}
	defer s.clean() //nolint:contextcheck // ctx is done by then
	if err := s.writeTokens(ctx); err != nil {
		return err
	}
	if err := s.printEnvironments(ctx); err != nil {
		return err
	}
	go func() { _ = s.server.Warm(ctx) }() // errors are logged, and in the responses
	return s.wait(ctx, failed, hangup)
}

func (a *app) newServing(f *serveFlags) (*serving, error) {
	profiles, err := f.profiles()
	if err != nil {
		return nil, err
	}
	if err := f.checkFiles(profiles); err != nil {
		return nil, err
	}
	server, err := a.newServer(profiles, credserver.Options{
		Hosts: f.hosts, IMDS: f.imds, Logger: slog.New(slog.NewJSONHandler(a.stderr, nil)),
	})
	return &serving{serveFlags: f, app: a, server: server, profiles: profiles, files: map[string]string{}}, err
}

// newServer returns a server of the profiles' credentials.
func (a *app) newServer(profiles []*profile.Profile, opts credserver.Options) (*credserver.Server, error) {
	opts.Now, opts.Describe = a.now, describe
	for _, p := range profiles {
		served, err := a.served(p)
		if err != nil {
			return nil, err
		}
		opts.Profiles = append(opts.Profiles, served)
	}
	return credserver.New(opts)
}

// shutdown stops a server. It cuts off requests that take too long to finish.
func shutdown(server *credserver.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	_ = server.Shutdown(ctx)
}

// open listens on the address, and on the Unix socket if --unix is set.
func (s *serving) open(ctx context.Context) ([]net.Listener, error) {
	l, err := s.listenTCP(ctx)
	if err != nil {
		return nil, err
	}
	s.address = s.clientAddress(l.Addr().(*net.TCPAddr))
	if s.socket == "" {
		return []net.Listener{l}, nil
	}
	unix, err := listenUnix(ctx, s.socket)
	if err != nil {
		l.Close()
		return nil, err
	}
	return []net.Listener{l, unix}, nil
}

func (f *serveFlags) listenTCP(ctx context.Context) (net.Listener, error) {
	network := "tcp6"
	if net.ParseIP(f.listen).To4() != nil {
		network = "tcp4" // with "tcp", 0.0.0.0 would include every IPv6 address
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, network, net.JoinHostPort(f.listen, strconv.Itoa(int(f.port))))
	switch {
	case errors.Is(err, errAddressInUse):
		return nil, &hintedError{
			fmt.Errorf("port %d is in use by another program", f.port),
			"choose another with --port, or omit --port to use a free one",
		}
	case err != nil:
		return nil, &hintedError{
			fmt.Errorf("listen on %s port %d: %s", f.listen, f.port, awserr.NetworkCause(err)),
			"check --listen and --port",
		}
	}
	return l, nil
}

// clientAddress returns the address for clients on this machine. It warns if other machines can
// connect too.
func (s *serving) clientAddress(at *net.TCPAddr) string {
	port := strconv.Itoa(at.Port)
	if at.IP.IsLoopback() {
		return net.JoinHostPort(at.IP.String(), port)
	}
	fmt.Fprintf(s.app.stderr, "latchkey: warning: listening on %s: credentials cross the network unencrypted, and anyone with the token can get them\n", at)
	fmt.Fprintf(s.app.stderr, "hint: SDKs accept plain http from loopback only; in a container, use "+
		"credential_process = curl -sf -H \"Authorization: TOKEN\" http://HOST:%s/profiles/NAME\n", port)
	if at.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return net.JoinHostPort(at.IP.String(), port)
}

// wait returns when ctx is done or a listener fails. Until then it rotates the tokens at the
// interval of --rotate and on hangup.
func (s *serving) wait(ctx context.Context, failed <-chan error, hangup <-chan os.Signal) error {
	var tick <-chan time.Time
	if s.rotate > 0 { // with a token file: no client could learn the new token otherwise
		tick = time.Tick(s.rotate)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick:
		case <-hangup:
		}
		for _, p := range s.profiles {
			s.server.Rotate(p.Name, tokenGrace)
		}
		if err := s.writeTokens(ctx); err != nil {
			// The files still hold the old tokens: stop, rather than reject every client.
			return err
		}
	}
}
