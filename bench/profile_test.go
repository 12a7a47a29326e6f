package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/measure"
)

// BenchmarkProfile times loading one profile, and reports what it costs with Latchkey and with the Go SDK.
//
//	go test -bench Profile -benchtime 100x
func BenchmarkProfile(b *testing.B) {
	for _, profiles := range []int{10, manyProfiles} {
		for _, name := range []string{"profile-0", home.Profile, fmt.Sprintf("profile-%d", profiles-1)} {
			b.Run(fmt.Sprintf("profiles=%d/%s", profiles, name), func(b *testing.B) {
				reportCalls(b, loadCalls(b, profiles, name))
			})
		}
	}
}

// loadCalls returns the calls that load one profile of that many, after checking that they agree.
func loadCalls(b *testing.B, profiles int, name string) []measure.Call {
	b.Helper()
	load := loadProfile{profiles}
	path := filepath.Join(b.TempDir(), "config")
	if err := load.write(path); err != nil {
		b.Fatal(err)
	}
	p, err := load.latchkey(path, name, noEnv)
	if err != nil {
		b.Fatal(err)
	}
	sdk, err := load.goSDK(b.Context(), path, name)
	if err != nil {
		b.Fatal(err)
	}
	if p.AccountID != sdk.SSOAccountID || p.Session.Region != sdk.SSOSession.SSORegion {
		b.Fatalf("Latchkey reads account %q and region %q, the SDK %q and %q", p.AccountID, p.Session.Region, sdk.SSOAccountID, sdk.SSOSession.SSORegion)
	}
	return load.calls(b.Context(), path, name)
}

func reportCalls(b *testing.B, calls []measure.Call) {
	b.Helper()
	costs, err := measure.Calls(b.N, calls...)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	for i, c := range calls {
		reportRatio(b, metric(c.Name), "µs", measure.Median(costs[0].Times), measure.Median(costs[i].Times), i > 0)
		b.ReportMetric(costs[i].Bytes/1024, metric(c.Name)+"-KiB")
	}
}

// TestLoadAllocates limits what loading one profile of 20,000 allocates to the buffer that the file is read through and
// a little more, wherever in the file the profile is.
func TestLoadAllocates(t *testing.T) {
	const limit = 128 // KiB
	load := loadProfile{manyProfiles}
	path := filepath.Join(t.TempDir(), "config")
	if err := load.write(path); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"profile-0", "profile-19999"} {
		bytes, _, err := measure.Allocated(load.calls(t.Context(), path, name)[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes / 1024; got > limit {
			t.Errorf("%s: %.0f KiB allocated, more than %d", name, got, limit)
		}
	}
}
