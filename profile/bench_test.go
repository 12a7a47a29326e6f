package profile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/profile"
)

// benchmarkLoad loads one of n profiles from a file.
func benchmarkLoad(b *testing.B, n int, name string, want error) {
	b.Helper()
	env := environment{"AWS_CONFIG_FILE": manyProfiles(b, n), "AWS_SHARED_CREDENTIALS_FILE": os.DevNull}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := profile.Load(name, env.use); !errors.Is(err, want) {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.Run("small", func(b *testing.B) { benchmarkLoad(b, 3, "team-00001", nil) })
	b.Run("first of 20000", func(b *testing.B) { benchmarkLoad(b, 20_000, "team-00000", nil) })
	b.Run("last of 20000", func(b *testing.B) { benchmarkLoad(b, 20_000, "team-19999", nil) })
	b.Run("none of 20000", func(b *testing.B) { benchmarkLoad(b, 20_000, "teem", profile.ErrNotFound) })
}

// BenchmarkLoadChain loads a profile at the end of a chain of source profiles.
func BenchmarkLoadChain(b *testing.B) {
	for _, n := range []int{3, 30, 3000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var config bytes.Buffer
			for i := range 20_000 {
				fmt.Fprintf(&config, "[profile p%d]\nrole_arn = arn:aws:iam::%012d:role/x\nsource_profile = p%d\n\n", i, i, i-1)
			}
			config.WriteString("[profile p-1]\nsso_session = corp\n" + corp)
			path := filepath.Join(b.TempDir(), "config")
			if err := os.WriteFile(path, config.Bytes(), 0o600); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := profile.Load(fmt.Sprintf("p%d", n-1), func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLint20000 and BenchmarkEdit20000 measure what doctor and configure do.
func BenchmarkLint20000(b *testing.B) {
	path := manyProfiles(b, 20_000)
	for b.Loop() {
		if _, err := profile.Lint(func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEdit20000(b *testing.B) {
	path := manyProfiles(b, 20_000)
	region := []string{"eu-west-1", "eu-west-2"}
	for i := 0; b.Loop(); i++ {
		change := profile.Set(profile.KindProfile, "team-10000", profile.Setting{Key: "region", Value: region[i%2]})
		if err := profile.Edit(b.Context(), path, change); err != nil {
			b.Fatal(err)
		}
	}
}

func manyProfiles(tb testing.TB, n int) (path string) {
	tb.Helper()
	var config bytes.Buffer
	for i := range n {
		fmt.Fprintf(&config, "[profile team-%05d]\nsso_session = corp\nsso_account_id = %012d\nsso_role_name = ReadOnlyAccess\nregion = us-east-1\noutput = json\n\n", i, i)
	}
	config.WriteString(corp)
	path = filepath.Join(tb.TempDir(), "config")
	if err := os.WriteFile(path, config.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}
