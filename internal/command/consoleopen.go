package command

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
)

const (
	openerWait = 2 * time.Second  // for the opener, which may not exit before the browser does
	fetchWait  = 30 * time.Second // for the browser to request the page
)

// openPage opens a page in a browser.
func (a *app) openPage(ctx context.Context, m machine, address string) error {
	opened := a.startOpener(ctx, m, address)
	select {
	case err := <-opened:
		return err
	case <-ctx.Done():
		return interrupt.Cause(ctx)
	case <-time.After(openerWait):
		return nil
	}
}

// startOpener opens a page in the background. The channel receives the result.
func (a *app) startOpener(ctx context.Context, m machine, address string) <-chan error {
	var output io.Writer // browsers print warnings
	if a.debug {
		output = a.stderr
	}
	opened := make(chan error, 1)
	go func() { opened <- newOpener(m, output).open(context.WithoutCancel(ctx), address) }()
	return opened
}

// openSecret opens a secret URL. Other users of the machine can read process arguments, so the
// browser gets a URL of this process, which redirects once.
func (a *app) openSecret(ctx context.Context, m machine, address string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	path := "/" + rand.Text()
	fetched := make(chan struct{})
	server := &http.Server{
		Handler:           redirectOnce(l.Addr().String(), path, address, fetched),
		ReadHeaderTimeout: fetchWait,
	}
	go func() { _ = server.Serve(l) }() // returns after Shutdown
	defer func() { _ = server.Shutdown(context.WithoutCancel(ctx)) }()

	opened := a.startOpener(ctx, m, "http://"+l.Addr().String()+path)
	timeout := time.After(fetchWait)
	for {
		select {
		case <-fetched:
			return nil
		case err := <-opened:
			if err != nil {
				return err
			}
			opened = nil // the browser has not requested the page yet
		case <-ctx.Done():
			return interrupt.Cause(ctx)
		case <-timeout:
			return errors.New("the browser did not request the page")
		}
	}
}

// redirectOnce returns a handler that redirects the first GET request for a host and a path, and
// then closes fetched.
func redirectOnce(host, path, target string, fetched chan struct{}) http.Handler {
	pending := make(chan struct{}, 1)
	pending <- struct{}{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if r.Method != http.MethodGet || r.Host != host || r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		select {
		case <-pending:
			http.Redirect(w, r, target, http.StatusSeeOther)
			close(fetched)
		default:
			http.Error(w, "This link works only once. Run latchkey console again.", http.StatusGone)
		}
	})
}
