// Package bench measures Latchkey beside the official Go SDK and beside the
// least a program of its kind can cost, always in one run: the machine's mood is
// then the same for all.
package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const account = "111122223333"

// peer is one program of a comparison.
type peer struct {
	name string
	args []string
	env  []string
}

// BenchmarkProcess times whole processes, in turn, and reports each one's time
// and the ratio of the first one's to it. "role" is latchkey for a role assumed over a
// sign-in, and "exec" is latchkey exec of "bare".
//
//	go test -bench Process -benchtime 100x
func BenchmarkProcess(b *testing.B) {
	bin := buildAll(b)
	server := idctest.NewServer(b, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})
	for _, profiles := range []int{10, 20_000} {
		home := newHome(b, server, profiles)
		env := server.Environ(home)
		latchkey := peer{"latchkey", []string{filepath.Join(bin, "latchkey"), "credential-process", "--profile", "dev"}, env}
		bare := peer{"bare", []string{filepath.Join(bin, "bare"), "run"}, env}
		gosdk := peer{"gosdk", []string{filepath.Join(bin, "gosdk"), "dev"}, env}
		b.Run(fmt.Sprintf("warm/profiles=%d", profiles), func(b *testing.B) {
			compare(b, nil, latchkey, bare, gosdk)
		})
		role := peer{"role", []string{filepath.Join(bin, "latchkey"), "credential-process", "--profile", "over-dev"}, env}
		b.Run(fmt.Sprintf("role/profiles=%d", profiles), func(b *testing.B) {
			compare(b, nil, role, latchkey, bare)
		})
		run := peer{"exec", []string{filepath.Join(bin, "latchkey"), "exec", "--profile", "dev", "--", filepath.Join(bin, "bare"), "run"}, env}
		b.Run(fmt.Sprintf("exec/profiles=%d", profiles), func(b *testing.B) {
			compare(b, nil, run, latchkey, bare)
		})
		b.Run(fmt.Sprintf("cold/profiles=%d", profiles), func(b *testing.B) {
			compare(b, func() { os.RemoveAll(filepath.Join(home, ".aws", "cli")) }, latchkey, gosdk)
		})
	}
}

// compare runs the programs in turn, after one run each that does not count, and
// each of them after each other one: who runs after a large program finds less of its
// own in the processor's caches. before runs before each run of the first program.
func compare(b *testing.B, before func(), peers ...peer) {
	b.Helper()
	total := make([]time.Duration, len(peers))
	for n := -1; n < b.N; n++ {
		for turn := range peers {
			i := turn
			if n%2 == 0 {
				i = len(peers) - 1 - turn
			}
			if i == 0 && before != nil {
				before()
			}
			took := runOnce(b, peers[i])
			if n >= 0 {
				total[i] += took
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, p := range peers {
		b.ReportMetric(float64(total[i].Microseconds())/float64(b.N)/1000, p.name+"-ms")
		if i > 0 {
			b.ReportMetric(float64(total[0])/float64(total[i]), "x-"+p.name)
		}
	}
}

func runOnce(b *testing.B, p peer) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), p.args[0], p.args[1:]...)
	cmd.Env = p.env
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if err != nil || len(out) == 0 {
		b.Fatalf("%s: %v", p.name, err)
	}
	return took
}

// newHome makes a home directory, signed in, with that many profiles; the one
// used is in the middle.
func newHome(b *testing.B, server *idctest.Server, profiles int) string {
	b.Helper()
	signIn := server.SignIn()
	var config strings.Builder
	for i := range profiles {
		name := fmt.Sprintf("profile-%d", i)
		if i == profiles/2 {
			name = "dev"
		}
		fmt.Fprintf(&config, "[profile %s]\nsso_session = corp\nsso_account_id = %s\nsso_role_name = Developer\nregion = eu-west-1\noutput = json\n\n", name, account)
	}
	fmt.Fprintf(&config, "[sso-session corp]\nsso_start_url = %s\nsso_region = %s\nsso_registration_scopes = sso:account:access\n"+
		"[profile over-dev]\nrole_arn = arn:aws:iam::444455556666:role/r\nsource_profile = dev\n", signIn.StartURL, signIn.Region)

	home := b.TempDir()
	write(b, filepath.Join(home, ".aws", "config"), []byte(config.String()))

	write(b, tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache")).Path("corp"), signIn.TokenFile())
	return home
}

func write(tb testing.TB, path string, data []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// buildAll compiles the programs as releases are: a program without cgo is spared
// the dynamic linker, a millisecond for each of them.
func buildAll(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for from, what := range map[string][]string{".": {"./bare", "./bareserver", "./gosdk", "./load"}, "..": {"./cmd/latchkey"}} {
		args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", dir + string(filepath.Separator)}, what...)
		cmd := exec.CommandContext(b.Context(), "go", args...)
		cmd.Dir = from
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("build %v: %v\n%s", what, err, out)
		}
	}
	return dir
}
