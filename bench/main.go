// Command bench measures Latchkey side by side with the tools and SDKs that are installed, and prints a table for each
// measurement:
//
//	go -C bench run .                          # everything, in a quarter of an hour
//	go -C bench run . -run 'warm|cold'         # the tables whose names match
//	go -C bench run . -json >bench.json -svg ../docs/comparison.svg
//
// It uses a fake Identity Center on loopback and temporary home directories. Only the search for tools that are not
// installed uses the network: it tries to install them from the Go module proxy.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// bench is a run.
type bench struct {
	dir       string // of the programs
	peers     []peer.Peer
	quick     bool
	processes int // of a stampede
	stderr    io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	b := bench{stderr: stderr}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	pattern := flags.String("run", "", "print only the tables whose names match the `regexp`")
	flags.BoolVar(&b.quick, "quick", false, "check that everything can be measured: few rounds, and install nothing")
	flags.IntVar(&b.processes, "processes", 20, "processes of each tool in a stampede; Latchkey also runs with five times as many")
	asJSON := flags.Bool("json", false, "print JSON")
	chart := flags.String("svg", "", "write a chart to `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	chosen, err := choose(*pattern)
	if err != nil {
		return err
	}
	r, err := b.report(ctx, chosen)
	if err != nil {
		return err
	}
	if *chart != "" {
		if err := r.WriteChart(*chart); err != nil {
			return err
		}
	}
	if *asJSON {
		return r.WriteJSON(stdout)
	}
	return r.WriteText(stdout)
}

// choose returns the measurements whose names match.
func choose(pattern string) (chosen []measurement, err error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	for _, m := range measurements {
		if re.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		err = fmt.Errorf("no table matches %q", pattern)
	}
	return chosen, err
}

// report measures.
func (b *bench) report(ctx context.Context, chosen []measurement) (*report.Report, error) {
	r := report.Report{Date: time.Now().UTC(), Machine: report.ThisMachine(), Quick: b.quick}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	if b.peers, err = peer.Find(ctx, dir, !b.quick, b.progress); err != nil {
		return nil, err
	}
	r.Peers = b.peers
	for _, m := range chosen {
		b.progress("measuring " + m.name)
		t := report.Table{Name: m.name, Title: m.title, Short: m.short, Columns: m.columns}
		if err := m.fill(ctx, b, &t); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		t.Compare(m.key)
		r.Tables = append(r.Tables, t)
	}
	return &r, nil
}

func (b *bench) progress(what string) {
	fmt.Fprintf(b.stderr, "%s %s\n", time.Now().Format(time.TimeOnly), what)
}

// rounds returns how often to measure: the number, or once for -quick.
func (b *bench) rounds(n int) int {
	if b.quick {
		return 1
	}
	return n
}
