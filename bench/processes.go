package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/measure"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
)

// command returns a process of a program.
type command func(peer.Peer) measure.Command

// times fills a table with the times of processes. Programs that start an interpreter run apart from the others and less
// often, in turn with Latchkey, whose time in the same rounds is the base of their ratio.
func (b *bench) times(ctx context.Context, t *report.Table, peers []peer.Peer, of command, before func() error) error {
	peers, err := working(ctx, t, peers, of)
	if err != nil {
		return err
	}
	for _, slow := range []bool{false, true} {
		rounds := b.rounds(200)
		if slow {
			rounds = b.rounds(15)
		}
		commands := []measure.Command{of(peers[0])}
		for _, p := range peers[1:] {
			if p.Slow == slow {
				commands = append(commands, of(p))
			}
		}
		times, err := measure.Processes(ctx, rounds, before, commands...)
		if err != nil {
			return err
		}
		base := measure.Median(times[0])
		for i, c := range commands {
			if i > 0 || !slow {
				t.Add(c.Name, measure.Median(times[i])/base, measure.Quantile(times[i], 0.25), measure.Median(times[i]))
			}
		}
	}
	return nil
}

// measured returns the programs that can be measured and adds a row for each other one. Programs that get no credentials
// on loopback count only if offline is set.
func (b *bench) measured(t *report.Table, offline bool) (peers []peer.Peer) {
	for _, p := range b.peers {
		switch {
		case p.Missing != "":
			t.AddMissing(p.Name, "not installed, see above")
		case p.Offline != "" && !offline:
			t.AddMissing(p.Name, p.Offline)
		default:
			peers = append(peers, p)
		}
	}
	return peers
}

// working returns the programs whose process works and adds a row for each other one. All programs of this module must.
func working(ctx context.Context, t *report.Table, peers []peer.Peer, of command) (found []peer.Peer, err error) {
	for _, p := range peers {
		_, err := of(p).Run(ctx)
		switch {
		case err == nil:
			found = append(found, p)
		case p.Ours:
			return nil, err
		default:
			t.AddMissing(p.Name, failed(err))
		}
	}
	return found, ctx.Err()
}

// failed returns the last line of what a program said.
func failed(err error) string {
	text := strings.TrimSpace(err.Error())
	return "failed: " + text[strings.LastIndexByte(text, '\n')+1:]
}

func measureStart(ctx context.Context, b *bench, t *report.Table) error {
	h, err := home.New(1)
	if err != nil {
		return err
	}
	defer h.Close()
	start := func(p peer.Peer) measure.Command {
		c := p.Start()
		c.Env = h.Env()
		return c
	}
	return b.times(ctx, t, b.measured(t, true), start, nil)
}

// processes are processes that print the credentials of a profile.
type processes struct {
	profiles int // in the config file
	profile  string
	cold     bool
}

func (m processes) measure(ctx context.Context, b *bench, t *report.Table) error {
	h, err := home.New(m.profiles)
	if err != nil {
		return err
	}
	defer h.Close()
	var before func() error
	if m.cold {
		before = h.ForgetRoles
	}
	return b.times(ctx, t, b.measured(t, false), func(p peer.Peer) measure.Command { return p.Print(m.profile, h.Env()) }, before)
}

func measureExec(ctx context.Context, b *bench, t *report.Table) error {
	h, err := home.New(10)
	if err != nil {
		return err
	}
	defer h.Close()
	commands := execCommands(b.peers, h)
	times, err := measure.Processes(ctx, b.rounds(200), nil, commands...)
	if err != nil {
		return err
	}
	for i, c := range commands {
		t.Add(c.Name, 0, measure.Quantile(times[i], 0.25), measure.Median(times[i]))
	}
	return nil
}

// execCommands returns credential-process, exec of the floor, and the floor.
func execCommands(peers []peer.Peer, h *home.Home) []measure.Command {
	latchkey, floor := peers[0].Print(home.Profile, h.Env()), peers[2].Print(home.Profile, h.Env())
	exec := measure.Command{Name: "latchkey exec", Env: h.Env()}
	exec.Args = append([]string{latchkey.Args[0], "exec", "--profile", home.Profile, "--"}, floor.Args...)
	return []measure.Command{latchkey, exec, floor}
}

// memory is the memory of processes that print credentials.
type memory struct{ profiles int }

func (m memory) measure(ctx context.Context, b *bench, t *report.Table) error {
	h, err := home.New(m.profiles)
	if err != nil {
		return err
	}
	defer h.Close()
	of := func(p peer.Peer) measure.Command {
		c := p.Print(home.Profile, h.Env())
		c.Args = append([]string{filepath.Join(b.dir, "maxrss")}, c.Args...)
		return c
	}
	peers, err := working(ctx, t, b.measured(t, false), of) // which fills the role cache
	if err != nil {
		return err
	}
	for _, p := range peers {
		var sizes []float64
		for range b.rounds(5) {
			out, err := of(p).Run(ctx)
			if err != nil {
				return err
			}
			bytes, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
			if err != nil {
				return fmt.Errorf("maxrss: %w", err)
			}
			sizes = append(sizes, bytes/1e6)
		}
		t.Add(p.Name, 0, measure.Median(sizes))
	}
	return nil
}
