package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/profile"
)

// BenchmarkProfile times the resolving of one profile, files and all, beside the
// official Go SDK, in turn, and reports how many times faster ours is and what each
// allocates.
//
//	go test -bench Profile -benchtime 2s
func BenchmarkProfile(b *testing.B) {
	for _, profiles := range []int{10, 20_000} {
		for _, where := range []string{"first", "middle", "last"} {
			b.Run(fmt.Sprintf("profiles=%d/%s", profiles, where), func(b *testing.B) {
				compareProfile(b, profiles, where)
			})
		}
	}
}

func compareProfile(b *testing.B, profiles int, where string) {
	path := newConfig(b, profiles)
	name := fmt.Sprintf("profile-%d", map[string]int{"middle": profiles / 2, "last": profiles - 1}[where])
	ours := func() (account, region string) {
		p, err := profile.Load(name, func(o *profile.Options) {
			o.ConfigFile, o.CredentialsFile = path, os.DevNull
			o.Getenv = func(string) string { return "" }
		})
		if err != nil {
			b.Fatal(err)
		}
		return p.AccountID, p.Session.Region
	}
	theirs := func() (account, region string) {
		p, err := config.LoadSharedConfigProfile(b.Context(), name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
		})
		if err != nil {
			b.Fatal(err)
		}
		return p.SSOAccountID, p.SSOSession.SSORegion
	}

	var total [2]time.Duration
	var read [2]string
	for b.Loop() {
		for i, load := range []func() (account, region string){ours, theirs} {
			start := time.Now()
			account, region := load()
			total[i] += time.Since(start)
			read[i] = account + region
		}
	}
	if read[0] != read[1] {
		b.Fatalf("ours reads %q, theirs %q", read[0], read[1])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(total[0].Nanoseconds())/float64(b.N)/1000, "latchkey-µs")
	b.ReportMetric(float64(total[1].Nanoseconds())/float64(b.N)/1000, "gosdk-µs")
	b.ReportMetric(float64(total[1])/float64(total[0]), "x-faster")
	b.ReportMetric(allocated(ours)/1024, "latchkey-KiB")
	b.ReportMetric(allocated(theirs)/1024, "gosdk-KiB")
}

// TestLoadAllocates limits what resolving one profile of 20,000 allocates to the buffer that the file is read
// through and a little more, wherever in the file the profile is.
func TestLoadAllocates(t *testing.T) {
	const limit = 128 // KiB
	path := newConfig(t, 20_000)
	for _, name := range []string{"profile-0", "profile-19999"} {
		load := func() (account, region string) {
			p, err := profile.Load(name, func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull })
			if err != nil {
				t.Fatal(err)
			}
			return p.AccountID, p.Session.Region
		}
		if got := allocated(load) / 1024; got > limit {
			t.Errorf("%s: %.0f KiB allocated, more than %d", name, got, limit)
		}
	}
}

// allocated returns the bytes that one call of f allocates.
func allocated(f func() (account, region string)) float64 {
	const runs = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / runs
}

// newConfig writes a config file with that many profiles of one session, which
// stands at the end.
func newConfig(tb testing.TB, profiles int) string {
	tb.Helper()
	var text strings.Builder
	for i := range profiles {
		fmt.Fprintf(&text, "[profile profile-%d]\nsso_session = corp\nsso_account_id = %012d\nsso_role_name = Developer\nregion = eu-west-1\noutput = json\n\n", i, i)
	}
	text.WriteString("[sso-session corp]\nsso_start_url = https://d-0123456789.awsapps.com/start\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n")
	path := filepath.Join(tb.TempDir(), "config")
	write(tb, path, []byte(text.String()))
	return path
}
