package ssotoken_test

import (
	"io"
	"net"
	"strings"
	"sync"

	"github.com/latchkey-sso/latchkey/profile"
)

// front forwards connections to the server, so that a test can wait for the requests of killed processes.
type front struct {
	w        *world
	listener net.Listener
	conns    sync.WaitGroup // the connections accepted
}

func newFront(w *world) *front {
	w.T.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.T.Fatal(err)
	}
	f := &front{w: w, listener: l}
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.conns.Add(1)
			go f.forward(c)
		}
	}()
	w.T.Cleanup(func() { l.Close(); <-accepting })
	return f
}

// profile returns the World's profile, with the front as its endpoint.
func (f *front) profile() *profile.Profile {
	p := f.w.Profile()
	p.Endpoints.SSOOIDC = "http://" + f.listener.Addr().String()
	return p
}

// forward copies what the client sends to the server even if the client is killed.
func (f *front) forward(client net.Conn) {
	defer f.conns.Done()
	defer client.Close()
	server, err := net.Dial("tcp", strings.TrimPrefix(f.w.Server.URL(), "http://"))
	if err != nil {
		f.w.T.Error(err)
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.(*net.TCPConn).CloseWrite() // the server closes the connection once it has responded
	}()
	_, _ = io.Copy(client, server)
}

// settle waits until no request of an exited process is in flight.
func (f *front) settle() {
	f.w.T.Helper()
	last, err := net.Dial("tcp", f.listener.Addr().String())
	if err != nil {
		f.w.T.Fatal(err)
	}
	_ = last.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, last) // until it was accepted, after all others
	last.Close()
	f.conns.Wait()
}
