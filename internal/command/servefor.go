package command

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/profile"
)

// serveFor serves the credentials of p on a free loopback port while run runs. env holds the variables
// that point SDKs to the server. If it cannot get the first credentials, as without a sign-in, it
// returns the error and does not call run.
func (a *app) serveFor(ctx context.Context, p *profile.Profile, run func(env []string) error) error {
	if err := checkServable(p); err != nil {
		return err
	}
	server, err := a.newServer([]*profile.Profile{p}, credserver.Options{Logger: a.serveLogger()})
	if err != nil {
		return err
	}
	defer func() {
		_ = afterRefresh(ctx, func(context.Context) error {
			shutdown(server) //nolint:contextcheck // also when ctx is done
			return nil
		})
	}()
	if err := afterRefresh(ctx, server.Warm); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen on 127.0.0.1: %s", awserr.NetworkCause(err))
	}
	go func() { _ = server.Serve(l) }() // until shutdown
	a.warnOfDefault(p)
	return run([]string{
		fullURIVariable + "=http://" + l.Addr().String() + server.Path(p.Name),
		tokenVariable + "=" + string(server.Token(p.Name)),
	})
}

// afterRefresh calls fn, and delays signals until a refreshed token is stored. holdSignals would not
// notice that refresh, because the server renews credentials in its own context.
func afterRefresh(ctx context.Context, fn func(context.Context) error) error {
	_, s, err := untilSignal(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, fn(ctx)
	}, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	if s != nil {
		endBy(s)
		return &interrupt.Error{Signal: s}
	}
	return err
}

// serveLogger returns a logger with --debug only: stderr belongs to the program.
func (a *app) serveLogger() *slog.Logger {
	if !a.debug {
		return nil
	}
	return slog.New(slog.NewJSONHandler(a.stderr, nil))
}

// warnOfDefault warns if profile default has credentials: SDKs prefer them to an endpoint.
func (a *app) warnOfDefault(served *profile.Profile) {
	p, err := profile.Load("default")
	if err != nil || served.Name == p.Name || p.Session == nil && p.RoleARN == "" && p.OtherCredentials == "" {
		return
	}
	fmt.Fprintf(a.stderr, "latchkey: warning: profile \"default\" in %s has credentials, which SDKs prefer to those of %q\n", p.File, served.Name)
	fmt.Fprintf(a.stderr, "hint: set AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to files without them\n")
}
