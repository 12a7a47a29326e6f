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

// benchmarkLoad loads one profile out of n, files and all.
func benchmarkLoad(b *testing.B, n int, name string, want error) {
	b.Helper()
	var config bytes.Buffer
	for i := range n {
		fmt.Fprintf(&config, "[profile team-%05d]\nsso_session = corp\nsso_account_id = %012d\nsso_role_name = ReadOnlyAccess\nregion = us-east-1\noutput = json\n\n", i, i)
	}
	config.WriteString(corp)
	dir := b.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".aws"), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".aws", "config"), config.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	env := environment{"HOME": dir}
	b.ReportAllocs()
	b.SetBytes(int64(config.Len()))
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
