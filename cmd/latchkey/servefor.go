package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/profile"
)

// serveFor serves the credentials of p, on a free loopback port, for as long as run takes. env is
// what leads a program's SDK there. An error before run, such as a missing sign-in, is returned
// without calling it.
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
		return fmt.Errorf("listen on 127.0.0.1: %s", networkCause(err))
	}
	go func() { _ = server.Serve(l) }() // it ends with the server
	a.warnOfDefault(p)
	return run([]string{
		fullURIVariable + "=http://" + l.Addr().String() + server.Path(p.Name),
		tokenVariable + "=" + string(server.Token(p.Name)),
	})
}

// afterRefresh calls fn. A signal meanwhile takes effect once a refresh of the sign-in is stored. The
// renewals of a server do not run in the context of the call, so holdSignals would not see them.
func afterRefresh(ctx context.Context, fn func(context.Context) error) error {
	_, s, err := untilSignal(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, fn(ctx)
	}, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	if s != nil {
		endBy(s)
		return errInterrupted
	}
	return err
}

// serveLogger logs requests with --debug only: stderr is the program's.
func (a *app) serveLogger() *slog.Logger {
	if !a.debug {
		return nil
	}
	return slog.New(slog.NewJSONHandler(a.stderr, nil))
}

// warnOfDefault warns that programs will use the credentials of [default], which every SDK prefers
// to an endpoint.
func (a *app) warnOfDefault(served *profile.Profile) {
	p, err := profile.Load("default")
	if err != nil || served.Name == p.Name || p.Session == nil && p.RoleARN == "" && p.OtherCredentials == "" {
		return
	}
	fmt.Fprintf(a.stderr, "latchkey: warning: profile \"default\" has credentials in %s, and programs prefer them to those of %q\n", p.File, served.Name)
	fmt.Fprintf(a.stderr, "hint: point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE at files without them\n")
}
