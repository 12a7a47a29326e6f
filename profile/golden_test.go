package profile_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

var update = flag.Bool("update", false, "write testdata/resolved.golden anew")

// TestGolden resolves every profile of a realistic file, and lints it.
func TestGolden(t *testing.T) {
	here := func(o *profile.Options) {
		o.ConfigFile, o.CredentialsFile = filepath.Join("testdata", "config"), filepath.Join("testdata", "credentials")
		environment{}.use(o)
	}
	profiles, sessions, err := profile.Names(here)
	var b strings.Builder
	fmt.Fprintf(&b, "sessions %q, first mistake: %s\n", sessions, describe(err))
	for _, name := range profiles {
		fmt.Fprintf(&b, "\n%s\n", name)
		p, err := profile.Load(name, here)
		if err != nil {
			fmt.Fprintf(&b, "\t%s\n", describe(err))
			continue
		}
		describeProfile(&b, "\t", p)
	}
	b.WriteString("\nlint\n")
	findings, err := profile.Lint(here)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		fmt.Fprintf(&b, "\t%s (%s, %s)\n", describe(f.Error), f.Severity, f.Code)
	}

	golden := filepath.Join("testdata", "resolved.golden")
	if *update {
		filetest.Write(t, golden, b.String())
	}
	want := filetest.Read(t, golden)
	if diff := cmp.Diff(strings.ReplaceAll(want, "\r\n", "\n"), b.String()); diff != "" {
		t.Error(diff)
	}
}

// describeProfile writes the fields that are set, and then those of the source profile.
func describeProfile(b *strings.Builder, indent string, p *profile.Profile) {
	fields := []struct {
		name  string
		value any
	}{
		{"region", p.Region},
		{"account", p.AccountID},
		{"role", p.RoleName},
		{"endpoints", p.Endpoints},
		{"fips", p.UseFIPS},
		{"dual stack", p.UseDualStack},
		{"ca bundle", p.CABundle},
		{"role arn", p.RoleARN},
		{"external id", p.ExternalID},
		{"role session", p.RoleSessionName},
		{"mfa", p.MFASerial},
		{"seconds", p.DurationSeconds},
		{"other credentials", p.OtherCredentials},
	}
	for _, f := range fields {
		if f.value != "" && f.value != false && f.value != 0 && f.value != (profile.Endpoints{}) {
			fmt.Fprintf(b, "%s%s: %v\n", indent, f.name, f.value)
		}
	}
	if s := p.Session; s != nil {
		fmt.Fprintf(b, "%ssession: name %q, start %s, region %s, scopes %q, refreshable %t, cached as %s\n",
			indent, s.Name, s.StartURL, s.Region, s.RegistrationScopes, s.Refreshable(), s.CacheKey())
	}
	if p.SourceProfile != nil {
		fmt.Fprintf(b, "%ssource: %s\n", indent, p.SourceProfile.Name)
		describeProfile(b, indent+"\t", p.SourceProfile)
	}
}
