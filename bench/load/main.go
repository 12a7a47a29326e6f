// Command load runs a thousand clients of a credentials endpoint, with a connection each, and prints
// response times as JSON.
//
//	load -clients 1000 -n 100000 URL TOKEN
//
// Two requests are in flight at any time: a thousand would measure the queue for the processors.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// result is the output. Times are in microseconds.
type result struct {
	Requests           int
	PerSecond          int
	P50, P90, P99, Max float64
}

func main() {
	l := load{}
	flag.IntVar(&l.clients, "clients", 1000, "clients, each with a connection")
	flag.IntVar(&l.requests, "n", 100_000, "requests to send")
	flag.Parse()
	if err := l.run(context.Background(), flag.Arg(0), flag.Arg(1)); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

type load struct {
	clients, requests int

	slots chan struct{}
	left  atomic.Int64
}

func (l *load) run(ctx context.Context, address, token string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	request := []byte("GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: " + token +
		"\r\nUser-Agent: load\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n\r\n")
	clients := make([]*client, l.clients)
	for i := range clients {
		if clients[i], err = dial(ctx, u.Host, request); err != nil {
			return err
		}
		if err := clients[i].ask(); err != nil { // the first is not warm
			return err
		}
		clients[i].times = make([]time.Duration, 0, 2*l.requests/l.clients)
	}
	l.slots = make(chan struct{}, 2)
	l.left.Store(int64(l.requests))
	start := time.Now()
	var wg sync.WaitGroup
	errs := make(chan error, l.clients)
	for _, c := range clients {
		wg.Go(func() { errs <- l.serve(c) })
	}
	wg.Wait()
	for range clients {
		if err := <-errs; err != nil {
			return err
		}
	}
	return report(clients, time.Since(start))
}

// serve sends one client's share of the requests.
func (l *load) serve(c *client) error {
	for l.left.Add(-1) >= 0 {
		l.slots <- struct{}{}
		start := time.Now()
		err := c.ask()
		c.times = append(c.times, time.Since(start))
		<-l.slots
		if err != nil {
			return err
		}
	}
	return nil
}

func report(clients []*client, took time.Duration) error {
	var times []time.Duration
	for _, c := range clients {
		times = append(times, c.times...)
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[int(share*float64(len(times)-1))].Nanoseconds()) / 1000
	}
	return json.NewEncoder(os.Stdout).Encode(result{
		Requests: len(times), PerSecond: int(float64(len(times)) / took.Seconds()),
		P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1),
	})
}

// client is one connection.
type client struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	times   []time.Duration
}

func dial(ctx context.Context, host string, request []byte) (*client, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, reader: bufio.NewReader(conn), request: request}, nil
}

// ask sends the request and reads the response.
func (c *client) ask() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || n < 100 {
		return fmt.Errorf("%s with %d bytes: %w", resp.Status, n, err)
	}
	return nil
}
