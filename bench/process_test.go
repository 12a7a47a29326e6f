package main

import (
	"fmt"
	"testing"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/measure"
	"github.com/latchkey-sso/latchkey/bench/peer"
)

// BenchmarkProcess times whole processes, and reports the median of each and the ratio of the first to each other one.
//
//	go test -bench Process -benchtime 100x
func BenchmarkProcess(b *testing.B) {
	peers, err := peer.Build(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	latchkey, goSDK, floor := peers[0], peers[1], peers[2]
	for _, profiles := range []int{10, manyProfiles} {
		h, err := home.New(profiles)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(h.Close)
		commands := func(peers ...peer.Peer) (found []measure.Command) {
			for _, p := range peers {
				found = append(found, p.Print(home.Profile, h.Env()))
			}
			return found
		}
		role := latchkey.Print(home.RoleProfile, h.Env())
		role.Name = "role"
		exec := execCommands(peers, h)
		exec[0], exec[1] = exec[1], exec[0]
		for _, bb := range []struct {
			name     string
			before   func() error
			commands []measure.Command
		}{
			{"warm", nil, commands(latchkey, floor, goSDK)},
			{"role", nil, append([]measure.Command{role}, commands(latchkey, floor)...)},
			{"exec", nil, exec},
			{"cold", h.ForgetRoles, commands(latchkey, goSDK)},
		} {
			b.Run(fmt.Sprintf("%s/profiles=%d", bb.name, profiles), func(b *testing.B) {
				reportTimes(b, bb.before, bb.commands)
			})
		}
	}
}

func reportTimes(b *testing.B, before func() error, commands []measure.Command) {
	b.Helper()
	times, err := measure.Processes(b.Context(), b.N, before, commands...)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	for i, c := range commands {
		reportRatio(b, metric(c.Name), "ms", measure.Median(times[0]), measure.Median(times[i]), i > 0)
	}
}
